import { CheckpointError } from '../checkpointError.ts';
import { isObject, JSON_REMEDY, type JsonObject } from '../json.ts';

/** How an added token is found in a text; transformers' `AddedToken`. */
export interface AddedTokenFlags {
  /** Also matches the white space before and after it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Found only between spaces and the ends of the text. */
  readonly singleWord: boolean;
  /** For the `fast` cleaning: found in the cleaned text. The `slow` one always looks before it cleans. */
  readonly normalized: boolean;
}

/** A token that is taken out of a text as a whole, such as one of textual inversion. */
export interface AddedToken extends AddedTokenFlags {
  readonly content: string;
  readonly id: number;
}

/** The parsed files that name added tokens; undefined if there is none. */
export interface AddedTokenFiles {
  /** `tokenizer_config.json`: `added_tokens_decoder`, `additional_special_tokens`. */
  readonly config: JsonObject;
  /** `special_tokens_map.json`: `additional_special_tokens`. */
  readonly map: JsonObject;
  /** `added_tokens.json`: ids by content. */
  readonly addedTokens: JsonObject | undefined;
  /** `tokenizer.json`: `added_tokens`. */
  readonly tokenizerJson: JsonObject | undefined;
}

const PLAIN: AddedTokenFlags = { lstrip: false, rstrip: false, singleWord: false, normalized: true };
const SPECIAL: AddedTokenFlags = { ...PLAIN, normalized: false };

/**
 * The added tokens of a tokenizer's folder, from all the files that may name them: where several describe one token,
 * `added_tokens_decoder` has the last word, and before it `tokenizer.json`. Additional special tokens without an id
 * follow the vocabulary in their order.
 *
 * @param vocabulary ids by token, from `vocab.json`
 * @param folder for messages
 * @throws CheckpointError naming the file in which a token is malformed
 * Reference: `PreTrainedTokenizer.from_pretrained` and `_add_tokens` of transformers 4.46.
 */
export function parseAddedTokens(
  { config, map, addedTokens, tokenizerJson }: AddedTokenFiles,
  vocabulary: ReadonlyMap<string, number>,
  folder: string,
): AddedToken[] {
  const configPath = `${folder}/tokenizer_config.json`;
  const specials = new Set([map, config].flatMap(additionalSpecialTokens).map(contentOf));
  const described = [
    ...Object.entries(addedTokens ?? {}).map(([content, id]) =>
      addedToken(content, id, specials.has(content) ? SPECIAL : PLAIN, `${folder}/added_tokens.json`),
    ),
    ...listOf(tokenizerJson?.added_tokens).map((entry) =>
      describedToken(entry, isObject(entry) ? entry.id : undefined, `${folder}/tokenizer.json`),
    ),
    ...Object.entries(objectOf(config.added_tokens_decoder)).map(([id, entry]) =>
      describedToken(entry, Number(id), configPath),
    ),
  ];
  const tokens = new Map(described.map((token) => [token.content, token]));
  const ids = new Map([...vocabulary, ...described.map(({ content, id }) => [content, id] as const)]);
  for (const [file, name] of [
    [map, 'special_tokens_map.json'],
    [config, 'tokenizer_config.json'],
  ] as const) {
    for (const entry of additionalSpecialTokens(file)) {
      const content = contentOf(entry);
      if (typeof content === 'string' && tokens.has(content)) continue;
      const id = ids.get(String(content)) ?? ids.size;
      const token = describedToken(entry, id, `${folder}/${name}`);
      ids.set(token.content, id);
      tokens.set(token.content, token);
    }
  }
  return [...tokens.values()];
}

function contentOf(entry: unknown): unknown {
  return isObject(entry) ? entry.content : entry;
}

/** transformers 5 calls them extra. */
function additionalSpecialTokens(file: JsonObject): readonly unknown[] {
  return [...listOf(file.additional_special_tokens), ...listOf(file.extra_special_tokens)];
}

/** @param entry a special token's content, or an object with its content and flags */
function describedToken(entry: unknown, id: unknown, path: string): AddedToken {
  if (!isObject(entry)) return addedToken(entry, id, SPECIAL, path);
  const flags = {
    lstrip: entry.lstrip === true,
    rstrip: entry.rstrip === true,
    singleWord: entry.single_word === true,
    normalized: entry.normalized !== false,
  };
  return addedToken(entry.content, id, flags, path);
}

function addedToken(content: unknown, id: unknown, flags: AddedTokenFlags, path: string): AddedToken {
  if (typeof content !== 'string' || content === '') {
    throw new CheckpointError(
      `An added token in ${path} is ${JSON.stringify(content)}, not a text; ${JSON_REMEDY}.`,
    );
  }
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
    throw new CheckpointError(
      `The added token "${content}" in ${path} has the id ${JSON.stringify(id)}, which is not a whole number; ${JSON_REMEDY}.`,
    );
  }
  return { content, id, ...flags };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
