import type { Cleaning } from './clean.ts';

// U+FEFF is no white space here, though JavaScript's \s has it.
const CASE_SENSITIVE =
  /<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu;

/**
 * CLIP's pattern as Python's `regex` reads it when told to ignore case. The text is in lower case by then, so this
 * tells for two characters only: a long s is an s, and U+0345, a mark that is a form of the letter iota, belongs to no
 * class and is skipped.
 */
const CASE_INSENSITIVE =
  /<\|startoftext\|>|<\|endoftext\|>|'[sſ]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|(?:(?!\u0345)[^\p{White_Space}\p{L}\p{N}])+/gu;

/** The words of a cleaned text, by cleaning; byte-pair encoding works within them. */
export const WORDS: Readonly<Record<Cleaning, RegExp>> = {
  slow: CASE_INSENSITIVE,
  fast: CASE_SENSITIVE,
  original: CASE_INSENSITIVE,
};
