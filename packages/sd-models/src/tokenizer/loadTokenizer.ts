import { CheckpointError } from '../checkpointError.ts';
import { type ModelFolder, readJsonIfThere, readTextIfThere } from '../files/modelFiles.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Merge } from './bpe.ts';
import type { Cleaning } from './clean.ts';
import { ClipTokenizer } from './clipTokenizer.ts';
import { CLIP_MAX_LENGTH, CLIP_SPECIAL_TOKENS, parseMerges, type SpecialTokens } from './vocabulary.ts';

/** transformers writes 1e30 where a tokenizer has no limit. */
const LARGEST_MAX_LENGTH = 1e6;
const REMEDY = "download the model's tokenizer folder again";

/**
 * Loads a model's tokenizer from its folder: `vocab.json` with `merges.txt`, or else `tokenizer.json`. Special tokens
 * and `model_max_length` come from `tokenizer_config.json` and `special_tokens_map.json` where those exist, with
 * transformers' precedence, else they are CLIP's own (77 tokens, padded with the end token).
 * @param cleaning how prompts are cleaned; the released Stable Diffusion programs used `slow`.
 * @throws CheckpointError naming the file that is missing or malformed.
 */
export async function loadClipTokenizer(
  folder: ModelFolder,
  cleaning: Cleaning = 'slow',
): Promise<ClipTokenizer> {
  const config = (await readJsonIfThere(folder, 'tokenizer_config.json')) ?? {};
  const map = (await readJsonIfThere(folder, 'special_tokens_map.json')) ?? {};
  const { ids, merges } = (await readVocabAndMerges(folder)) ?? (await readTokenizerJson(folder));
  const special = specialTokens(config, map, folder.name);
  return new ClipTokenizer({ ids, merges, special, maxLength: maxLength(config, folder.name) }, cleaning);
}

interface Tables {
  readonly ids: ReadonlyMap<string, number>;
  readonly merges: readonly Merge[];
}

async function readVocabAndMerges(folder: ModelFolder): Promise<Tables | undefined> {
  const [vocabPath, mergesPath] = [`${folder.name}/vocab.json`, `${folder.name}/merges.txt`];
  const vocab = await readJsonIfThere(folder, 'vocab.json');
  if (vocab === undefined) return undefined;
  const merges = await readTextIfThere(folder, 'merges.txt');
  if (merges === undefined) {
    throw new CheckpointError(`${mergesPath} is missing, which vocab.json needs beside it; ${REMEDY}.`);
  }
  return { ids: tokenIds(vocab, vocabPath), merges: parseMerges(merges, mergesPath) };
}

async function readTokenizerJson(folder: ModelFolder): Promise<Tables> {
  const path = `${folder.name}/tokenizer.json`;
  const file = await readJsonIfThere(folder, 'tokenizer.json');
  if (file === undefined) {
    throw new CheckpointError(
      `${folder.name} has no tokenizer, neither vocab.json with merges.txt nor tokenizer.json; ${REMEDY}.`,
    );
  }
  const { model } = file;
  if (!isObject(model) || !isObject(model.vocab) || !Array.isArray(model.merges)) {
    throw new CheckpointError(
      `${path} has no "model" of byte-pair encoding, with "vocab" and "merges"; use the files of a CLIP tokenizer.`,
    );
  }
  // Older files hold "left right", newer ones [left, right].
  const lines = model.merges.map((merge: unknown) =>
    Array.isArray(merge) ? merge.join(' ') : String(merge),
  );
  return {
    ids: tokenIds(model.vocab, path),
    merges: parseMerges(lines.join('\n'), `"model.merges" in ${path}`),
  };
}

function tokenIds(vocab: JsonObject, source: string): Map<string, number> {
  return new Map(
    Object.entries(vocab).map(([token, id]): [string, number] => {
      if (typeof id === 'number' && Number.isInteger(id) && id >= 0) return [token, id];
      throw new CheckpointError(
        `Token "${token}" in ${source} has the id ${JSON.stringify(id)}, which is not a whole number; ${REMEDY}.`,
      );
    }),
  );
}

function specialTokens(config: JsonObject, map: JsonObject, folder: string): SpecialTokens {
  // Since transformers 4.34 tokenizer_config.json lists its added tokens and then has the last word.
  const files = 'added_tokens_decoder' in config ? [config] : [map, config];
  const read = (key: string, fallback: string): string => {
    const value = files.map((file) => file[key]).find((entry) => entry !== undefined && entry !== null);
    return value === undefined ? fallback : tokenContent(value, key, folder);
  };
  return {
    start: read('bos_token', CLIP_SPECIAL_TOKENS.start),
    end: read('eos_token', CLIP_SPECIAL_TOKENS.end),
    unknown: read('unk_token', CLIP_SPECIAL_TOKENS.unknown),
    padding: read('pad_token', CLIP_SPECIAL_TOKENS.padding),
  };
}

/** A special token is its text or an object that describes it. */
function tokenContent(value: unknown, key: string, folder: string): string {
  const content = typeof value === 'object' && value !== null && 'content' in value ? value.content : value;
  if (typeof content === 'string' && content !== '') return content;
  throw new CheckpointError(
    `"${key}" in the tokenizer's configuration in ${folder} is ${JSON.stringify(value)}; it must be a token's text.`,
  );
}

function maxLength(config: JsonObject, folder: string): number {
  const value = config.model_max_length;
  if (value === undefined || (typeof value === 'number' && value > LARGEST_MAX_LENGTH))
    return CLIP_MAX_LENGTH;
  if (typeof value === 'number' && Number.isInteger(value) && value > 2) return value;
  throw new CheckpointError(
    `"model_max_length" in ${folder}/tokenizer_config.json is ${JSON.stringify(value)}; it must be above 2.`,
  );
}
