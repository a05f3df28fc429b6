import { OptionError } from '../errors.ts';
import { alignTokens } from './alignTokens.ts';
import type { Word } from './difference.ts';
import type { EditPrompts } from './editPrompts.ts';
import { namedTokens } from './namedTokens.ts';
import { lastPromptToken, overlappingTokens } from './targetTokens.ts';

/**
 * Attention of a target prompt's tokens, mixed from that of both prompts: of the target's token j it is
 * sum over i of source[i] base[i][j], plus target[j] own[j].
 */
export interface TokenMixture {
  /** Tokens that the UNet attends to: rows and columns of `base`. */
  readonly length: number;
  /** [length, length], row by row. */
  readonly base: Float32Array<ArrayBuffer>;
  /** [length]. */
  readonly own: Float32Array<ArrayBuffer>;
}

/** How the tokens behind the last replaced word correspond: to those of the same words, or of the same positions. */
export type ReplacedTail = 'aligned' | 'parity';

// Ids of no token.
const [START, END] = [-1, -2];

/**
 * Refinement: tokens that the prompts have in common take the source's attention, inserted ones keep their own. Source:
 * `get_refinement_mapper` of prompt-to-prompt.
 */
export function refinement(prompts: EditPrompts): TokenMixture {
  const mixture = emptyMixture(prompts);
  const aligned = alignTokens(idsOf(prompts, prompts.source), idsOf(prompts, prompts.target));
  for (let j = 0; j < mixture.length; j++) {
    const i = aligned[j];
    if (i === null) mixture.own[j] = 1;
    else give(mixture, i ?? j, j);
  }
  return mixture;
}

/**
 * Replacement: every token takes the source's attention, those of a replaced word the attention of the word in its
 * place. Source: `get_replacement_mapper` of prompt-to-prompt, whose tail is `parity`.
 *
 * @throws OptionError for prompts of different numbers of words
 */
export function replacement(prompts: EditPrompts, tail: ReplacedTail): TokenMixture {
  const mixture = emptyMixture(prompts);
  const ends = [idsOf(prompts, prompts.source), idsOf(prompts, prompts.target)].map((ids) => ids.length);
  let [i, j] = [0, 0];
  for (const [before, after] of replacedTokens(prompts)) {
    while (i < before[0]!) give(mixture, i++, j++);
    replaceWord(mixture, before, after);
    i += before.length;
    j += after.length;
  }
  if (tail === 'aligned') while (i < ends[0]! && j < ends[1]!) give(mixture, i++, j++);
  for (; j < mixture.length && (tail === 'aligned' || i < mixture.length); i++, j++) give(mixture, j, j);
  return mixture;
}

/** The attention of words of the target prompt multiplied by factors. @throws OptionError for words it has not */
export function reweighted(
  mixture: TokenMixture,
  prompts: EditPrompts,
  factors: Readonly<Record<string, number>>,
): TokenMixture {
  const weights = new Float32Array(mixture.length).fill(1);
  const prompt = { text: prompts.target, name: 'target prompt', option: 'reweight' } as const;
  for (const [word, factor] of Object.entries(factors))
    for (const j of namedTokens(prompt, [word], prompts.tokenizer).indices) weights[j] = factor;
  return {
    length: mixture.length,
    base: mixture.base.map((share, cell) => share * weights[cell % mixture.length]!),
    own: mixture.own.map((share, j) => share * weights[j]!),
  };
}

/** The mixture for the tokens of the target that are taken over; the others keep their own attention as it is. */
export function takenOver({ length, base, own }: TokenMixture, isTaken: readonly boolean[]): TokenMixture {
  return {
    length,
    base: base.map((share, cell) => (isTaken[cell % length] ? share : 0)),
    own: own.map((share, j) => (isTaken[j] ? share : 1)),
  };
}

function emptyMixture({ tokenizer }: EditPrompts): TokenMixture {
  const length = tokenizer.maxLength;
  return { length, base: new Float32Array(length * length), own: new Float32Array(length) };
}

function give({ base, length }: TokenMixture, i: number, j: number, share = 1): void {
  base[i * length + j] = share;
}

function replaceWord(mixture: TokenMixture, before: readonly number[], after: readonly number[]): void {
  if (before.length === after.length) {
    for (const [k, i] of before.entries()) give(mixture, i, after[k]!);
    return;
  }
  for (const i of before) for (const j of after) give(mixture, i, j, 1 / after.length);
}

/** The tokens of a prompt that the text encoder reads, start and end included. */
function idsOf({ tokenizer }: EditPrompts, text: string): number[] {
  const tokens = tokenizer.tokenize(text).slice(0, lastPromptToken(tokenizer));
  return [START, ...tokens.map(({ id }) => id), END];
}

/** Positions of the tokens of each replaced word, in the source and in the target. */
function replacedTokens({ source, target, tokenizer }: EditPrompts): [number[], number[]][] {
  const [words, others] = [spacedWords(source), spacedWords(target)];
  if (words.length !== others.length) {
    throw new OptionError(
      'promptEdit',
      `cannot be replace, since the source prompt has ${words.length} words and the target prompt ${others.length}; ` +
        'use refine, or prompts of equally many words',
    );
  }
  const [tokens, otherTokens] = [source, target].map((text) =>
    tokenizer.tokenize(text).slice(0, lastPromptToken(tokenizer)),
  );
  return words.flatMap((word, i): [number[], number[]][] => {
    if (word.text === others[i]!.text) return [];
    const [before, after] = [overlappingTokens(tokens!, word), overlappingTokens(otherTokens!, others[i]!)];
    return before.length > 0 && after.length > 0 ? [[before, after]] : [];
  });
}

/** The words of a prompt, split at spaces. */
function spacedWords(prompt: string): Word[] {
  return Array.from(prompt.matchAll(/\S+/g), ({ 0: text, index }) => ({
    text,
    start: index,
    end: index + text.length,
  }));
}
