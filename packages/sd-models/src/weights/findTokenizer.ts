import { CheckpointError } from '../checkpointError.ts';
import { type ModelFolder, readTextIfThere } from '../files/modelFiles.ts';
import type { Cleaning } from '../tokenizer/clean.ts';
import { ClipTokenizer } from '../tokenizer/clipTokenizer.ts';
import { type ClipTokenizerKind, defaultClipVocabulary } from '../tokenizer/defaultClipTokenizer.ts';
import { readVocabulary } from '../tokenizer/tokenizerFiles.ts';
import { tokenizerSettings, vocabularyFiles } from '../tokenizer/vocabularyFiles.ts';

/** A tokenizer and the files that it is stored as. */
export interface TokenizerComponent {
  readonly tokenizer: ClipTokenizer;
  /** The texts of its files by name, as they lie in a diffusers folder's `tokenizer`. */
  files(): Promise<ReadonlyMap<string, string>>;
}

/** Either of these makes a folder one of a tokenizer. */
const VOCABULARIES = ['vocab.json', 'tokenizer.json'];
const FILES = [
  ...VOCABULARIES,
  'merges.txt',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
];

/**
 * The tokenizer of the first of `places` that has one.
 *
 * @param kind which of the tokenizers that come with this package is taken where none has one; null for none
 * @throws CheckpointError if there is none, or a file of it is missing or malformed
 */
export async function findTokenizer(
  places: readonly ModelFolder[],
  kind: ClipTokenizerKind | null,
  cleaning?: Cleaning,
): Promise<TokenizerComponent> {
  for (const place of places) {
    for (const name of VOCABULARIES) if (await place.find(name)) return fromFolder(place, cleaning);
  }
  if (kind !== null) return shipped(kind, cleaning);
  throw new CheckpointError(
    `${places.map(({ name }) => name).join(' and ')} has no tokenizer, neither vocab.json with merges.txt nor tokenizer.json; use the model's own tokenizer folder.`,
  );
}

async function fromFolder(folder: ModelFolder, cleaning?: Cleaning): Promise<TokenizerComponent> {
  const vocabulary = await readVocabulary((name) => readTextIfThere(folder, name), folder.name);
  return {
    tokenizer: new ClipTokenizer(vocabulary, cleaning),
    files: async () => {
      const files = tokenizerSettings(vocabulary);
      for (const name of FILES) {
        const text = await readTextIfThere(folder, name);
        if (text !== undefined) files.set(name, text);
      }
      return files;
    },
  };
}

async function shipped(kind: ClipTokenizerKind, cleaning?: Cleaning): Promise<TokenizerComponent> {
  const vocabulary = await defaultClipVocabulary(kind);
  return {
    tokenizer: new ClipTokenizer(vocabulary, cleaning),
    files: async () => vocabularyFiles(vocabulary),
  };
}
