import { readFileSync } from 'node:fs';
import type { PromptTokenizer, TokenSpan } from '../../src/prompts/targetTokens.ts';

/** A pair of prompts with the released program's answers. */
export interface KnownPair {
  source_prompt: string;
  target_prompt: string;
  prior: string;
  differing: string[];
  is_noun: boolean[];
  target_index: number[];
}

/** A pair for which the tags of the target's words are given as well. */
export interface TaggedPair extends KnownPair {
  tags: string[];
}

/** The twenty sample pairs, answered with NLTK's own model. */
export const samplePairs: KnownPair[] = readJson('../golden/target_tokens.json');

/** Pairs for the corners of the rule, answered with the tags that stand beside them. */
export const cornerPairs: TaggedPair[] = readJson('../golden/target_words.json');

const recordedTokens: Record<string, (TokenSpan & { id: number })[]> = readJson(
  '../golden/prompt_tokens.json',
);

/** CLIP's tokenizer for the texts that `reference/lusd/target_words.py` recorded. */
export const recordedTokenizer: PromptTokenizer = {
  maxLength: 77,
  tokenize(text) {
    const tokens = recordedTokens[text];
    if (tokens === undefined) throw new Error(`no recorded tokens of "${text}"`);
    return tokens;
  },
};

/** The stretches of a recorded text that the tokens at some positions stand for, the start token being 0. */
export function recordedTokensAt(text: string, indices: readonly number[]): string[] {
  return indices.map((index) => {
    const token = recordedTokens[text]![index - 1]!;
    return text.slice(token.start, token.end);
  });
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T;
}
