import { CheckpointError } from '../checkpointError.ts';
import { isObject, type JsonObject, parseJsonObject } from '../json.ts';
import { parseAddedTokens } from './addedTokens.ts';
import type { Merge } from './bpe.ts';
import {
  CLIP_MAX_LENGTH,
  CLIP_SPECIAL_TOKENS,
  parseMerges,
  type SpecialTokens,
  type Vocabulary,
} from './vocabulary.ts';

/** Reads a file of a tokenizer's folder as text; undefined if there is none. */
export type ReadTokenizerFile = (name: string) => Promise<string | undefined>;

const TOKENIZER_REMEDY = "use the model's own tokenizer folder";

/** transformers writes 1e30 where a tokenizer has no limit. */
const LARGEST_MAX_LENGTH = 1e6;

/**
 * What a tokenizer's folder holds: `vocab.json` with `merges.txt`, or else `tokenizer.json`, and added tokens. Special
 * tokens and `model_max_length` come from `tokenizer_config.json` and `special_tokens_map.json` where those exist, with
 * transformers' precedence, else they are CLIP's own (77 tokens, padded with the end token).
 *
 * @param read reads one of its files
 * @param folder its name, for messages
 * @throws CheckpointError naming the file that is missing or malformed
 */
export async function readVocabulary(read: ReadTokenizerFile, folder: string): Promise<Vocabulary> {
  const json = async (name: string): Promise<JsonObject | undefined> => {
    const text = await read(name);
    return text === undefined ? undefined : parseJsonObject(text, `${folder}/${name}`);
  };
  const config = (await json('tokenizer_config.json')) ?? {};
  const map = (await json('special_tokens_map.json')) ?? {};
  const vocab = await json('vocab.json');
  const addedTokens = await json('added_tokens.json');
  // A large file, of which a folder with vocab.json only has the added tokens to give.
  const isNeeded = vocab === undefined || !('added_tokens_decoder' in config);
  const tokenizerJson = isNeeded ? await json('tokenizer.json') : undefined;
  const { ids, merges } = vocab
    ? { ids: tokenIds(vocab, `${folder}/vocab.json`), merges: await readMerges(read, folder) }
    : tokenizerJsonTables(tokenizerJson, folder);
  return {
    ids,
    merges,
    special: specialTokens(config, map, folder),
    added: parseAddedTokens({ config, map, addedTokens, tokenizerJson }, ids, folder),
    maxLength: maxLength(config, folder),
  };
}

interface Tables {
  readonly ids: ReadonlyMap<string, number>;
  readonly merges: readonly Merge[];
}

async function readMerges(read: ReadTokenizerFile, folder: string): Promise<Merge[]> {
  const path = `${folder}/merges.txt`;
  const text = await read('merges.txt');
  if (text !== undefined) return parseMerges(text, path);
  throw new CheckpointError(`${path} is missing, but vocab.json needs it; ${TOKENIZER_REMEDY}.`);
}

function tokenizerJsonTables(file: JsonObject | undefined, folder: string): Tables {
  const path = `${folder}/tokenizer.json`;
  if (file === undefined) {
    throw new CheckpointError(
      `${folder} has no tokenizer, neither vocab.json with merges.txt nor tokenizer.json; ${TOKENIZER_REMEDY}.`,
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
        `Token "${token}" in ${source} has the id ${JSON.stringify(id)}, which is not a whole number; ${TOKENIZER_REMEDY}.`,
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
