import { CheckpointError } from '../checkpointError.ts';
import type { AddedToken } from './addedTokens.ts';
import { END_OF_WORD, type Merge } from './bpe.ts';
import { BYTE_VOCABULARY } from './byteAlphabet.ts';

/** The data of a CLIP tokenizer, independent of its files. */
export interface Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  readonly merges: readonly Merge[];
  readonly special: SpecialTokens;
  /** Tokens that are taken out of a text as a whole, besides the special ones. */
  readonly added?: readonly AddedToken[];
  /** Length of every encoding, start and end tokens included. */
  readonly maxLength: number;
}

/** The tokens that are no words, as a tokenizer's files name them. */
export interface SpecialTokens {
  readonly start: string;
  readonly end: string;
  /** Replaces what the vocabulary lacks. */
  readonly unknown: string;
  readonly padding: string;
}

/** What CLIP's own tokenizer has; Stable Diffusion 2 pads with "!" instead. */
export const CLIP_SPECIAL_TOKENS: SpecialTokens = {
  start: '<|startoftext|>',
  end: '<|endoftext|>',
  unknown: '<|endoftext|>',
  padding: '<|endoftext|>',
};

export const CLIP_MAX_LENGTH = 77;

/**
 * Reads the text of a `merges.txt`: a `#version` line, then a pair a line.
 * @param source where the text came from, for messages
 * @throws CheckpointError for a line that is not two symbols
 */
export function parseMerges(text: string, source: string): Merge[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const first = lines[0]?.includes('#version') ? 1 : 0;
  while (lines.at(-1) === '') lines.pop();
  return lines.slice(first).map((line, i) => {
    const [left, right, ...rest] = line.split(' ');
    if (!left || !right || rest.length > 0) {
      throw new CheckpointError(
        `Line ${first + i + 1} of ${source} is not two symbols with a space between; use the merges of a CLIP tokenizer.`,
      );
    }
    return [left, right];
  });
}

/** CLIP's vocabulary follows from its merges: bytes, bytes that end a word, merges, start and end. */
export function vocabularyFromMerges(merges: readonly Merge[]): Vocabulary {
  const { start, end } = CLIP_SPECIAL_TOKENS;
  const endings = BYTE_VOCABULARY.map((character) => character + END_OF_WORD);
  const joined = merges.map(([left, right]) => left + right);
  const tokens = [...BYTE_VOCABULARY, ...endings, ...joined, start, end];
  return {
    ids: new Map(tokens.map((token, id) => [token, id])),
    merges,
    special: CLIP_SPECIAL_TOKENS,
    maxLength: CLIP_MAX_LENGTH,
  };
}
