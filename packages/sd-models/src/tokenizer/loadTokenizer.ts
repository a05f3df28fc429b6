import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Merge } from './bpe.ts';
import type { Cleaning } from './clean.ts';
import { ClipTokenizer } from './clipTokenizer.ts';
import { CLIP_MAX_LENGTH, CLIP_SPECIAL_TOKENS, parseMerges, type SpecialTokens } from './vocabulary.ts';

type Json = Readonly<Record<string, unknown>>;

/** transformers writes 1e30 where a tokenizer has no limit. */
const LARGEST_MAX_LENGTH = 1e6;

/**
 * Loads a model's tokenizer from its folder: `vocab.json` with `merges.txt`, or else `tokenizer.json`. Special tokens
 * and `model_max_length` come from `tokenizer_config.json` and `special_tokens_map.json` where those exist, with
 * transformers' precedence, else they are CLIP's own (77 tokens, padded with the end token).
 * @param cleaning how prompts are cleaned; the released Stable Diffusion programs used `slow`.
 * @throws Error naming the file that is missing or malformed.
 */
export async function loadClipTokenizer(folder: string, cleaning: Cleaning = 'slow'): Promise<ClipTokenizer> {
  const config = (await readJson(join(folder, 'tokenizer_config.json'))) ?? {};
  const map = (await readJson(join(folder, 'special_tokens_map.json'))) ?? {};
  const { ids, merges } = (await readVocabAndMerges(folder)) ?? (await readTokenizerJson(folder));
  const special = specialTokens(config, map, folder);
  return new ClipTokenizer({ ids, merges, special, maxLength: maxLength(config, folder) }, cleaning);
}

interface Tables {
  readonly ids: ReadonlyMap<string, number>;
  readonly merges: readonly Merge[];
}

async function readVocabAndMerges(folder: string): Promise<Tables | undefined> {
  const vocabPath = join(folder, 'vocab.json');
  const mergesPath = join(folder, 'merges.txt');
  const vocab = await readJson(vocabPath);
  if (vocab === undefined) return undefined;
  const merges = await readText(mergesPath);
  if (merges === undefined) throw new Error(`${mergesPath} is missing; ${vocabPath} needs it beside it.`);
  return { ids: tokenIds(vocab, vocabPath), merges: parseMerges(merges, mergesPath) };
}

async function readTokenizerJson(folder: string): Promise<Tables> {
  const path = join(folder, 'tokenizer.json');
  const file = await readJson(path);
  if (file === undefined) {
    throw new Error(
      `${folder} has no tokenizer: neither vocab.json with merges.txt nor tokenizer.json is there.`,
    );
  }
  const model = object(file.model, `"model" in ${path}`);
  if (!Array.isArray(model.merges))
    throw new Error(`"model.merges" in ${path} is not a list; is it a BPE tokenizer?`);
  // Older files hold "left right", newer ones [left, right].
  const lines = model.merges.map((merge: unknown) =>
    Array.isArray(merge) ? merge.join(' ') : String(merge),
  );
  return {
    ids: tokenIds(object(model.vocab, `"model.vocab" in ${path}`), path),
    merges: parseMerges(lines.join('\n'), `"model.merges" in ${path}`),
  };
}

function tokenIds(vocab: Json, source: string): Map<string, number> {
  return new Map(
    Object.entries(vocab).map(([token, id]): [string, number] => {
      if (typeof id === 'number' && Number.isInteger(id) && id >= 0) return [token, id];
      throw new Error(
        `Token "${token}" in ${source} has the id ${JSON.stringify(id)}, which is not a whole number.`,
      );
    }),
  );
}

function specialTokens(config: Json, map: Json, folder: string): SpecialTokens {
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
  throw new Error(
    `"${key}" in the tokenizer's configuration in ${folder} is ${JSON.stringify(value)}, not a token.`,
  );
}

function maxLength(config: Json, folder: string): number {
  const value = config.model_max_length;
  if (value === undefined || (typeof value === 'number' && value > LARGEST_MAX_LENGTH))
    return CLIP_MAX_LENGTH;
  if (typeof value === 'number' && Number.isInteger(value) && value > 2) return value;
  throw new Error(
    `"model_max_length" in ${join(folder, 'tokenizer_config.json')} is ${JSON.stringify(value)}; it must be above 2.`,
  );
}

/** `undefined` where there is no such file. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`${path} cannot be read: ${error instanceof Error ? error.message : error}.`, {
      cause: error,
    });
  }
}

async function readJson(path: string): Promise<Json | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not valid JSON; download it again.`, { cause: error });
  }
  return object(parsed, path);
}

function object(value: unknown, source: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new Error(`${source} is not a JSON object.`);
}
