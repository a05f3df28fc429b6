import { OptionError } from '../errors.ts';
import type { Word } from './difference.ts';
import {
  collectTargets,
  lastPromptToken,
  overlappingTokens,
  type PromptTokenizer,
  type TargetTokens,
  type TargetWord,
  type TokenSpan,
} from './targetTokens.ts';

/** A prompt in which words are looked for, and how messages name it and the option that the words come from. */
export interface NamedPrompt {
  readonly text: string;
  readonly name: 'source prompt' | 'target prompt';
  readonly option: string;
}

/**
 * The tokens of words that the user named, at every place where they occur in the target prompt. Case and the
 * width of white space do not matter, and only whole words match.
 *
 * @param phrases words or phrases of the target prompt, such as "party hat"
 * @throws OptionError if a phrase is not in the prompt, or only beyond the tokens that the text encoder reads
 */
export function namedTargetTokens(
  target: string,
  phrases: readonly string[],
  tokenizer: PromptTokenizer,
): TargetTokens {
  return namedTokens({ text: target, name: 'target prompt', option: 'words' }, phrases, tokenizer);
}

/** {@link namedTargetTokens} of either prompt. */
export function namedTokens(
  prompt: NamedPrompt,
  phrases: readonly string[],
  tokenizer: PromptTokenizer,
): TargetTokens {
  const tokens = tokenizer.tokenize(prompt.text);
  const last = lastPromptToken(tokenizer);
  return collectTargets(
    phrases.flatMap((phrase) => phraseTargets(prompt, phrase, tokens, last)),
    last,
  );
}

/**
 * The tokens at positions that the user gave; an empty list means no mask.
 *
 * @param indices positions among the tokens that the text encoder reads, the start token being 0
 * @throws OptionError if a position is not a token of the target prompt, or is given twice
 */
export function explicitTargetTokens(
  target: string,
  indices: readonly number[],
  tokenizer: PromptTokenizer,
): TargetTokens {
  const tokens = tokenizer.tokenize(target);
  const last = Math.min(tokens.length, lastPromptToken(tokenizer));
  const chosen = indices.map((index, i) => {
    const token = Number.isInteger(index) && index <= last ? tokens[index - 1] : undefined;
    if (token === undefined) {
      throw new OptionError(
        'indices',
        `must be tokens of the target prompt "${target}", integers from 1 to ${last}, but one is ${index}`,
      );
    }
    if (indices.indexOf(index) < i) {
      throw new OptionError('indices', `must differ from each other, but ${index} is given twice`);
    }
    return { text: target.slice(token.start, token.end), indices: [index] };
  });
  return collectTargets(chosen, last);
}

function phraseTargets(
  prompt: NamedPrompt,
  phrase: string,
  tokens: readonly TokenSpan[],
  last: number,
): readonly TargetWord[] {
  const places = occurrences(prompt, phrase);
  const chosen = places.map((place) => ({ text: place.text, indices: overlappingTokens(tokens, place) }));
  const { words } = collectTargets(chosen, last);
  if (words.length > 0) return words;
  throw new OptionError(
    prompt.option,
    `must be where the text encoder reads, but "${phrase}" lies beyond token ${last} of the ${prompt.name}; move it ` +
      'forward or shorten the prompt',
  );
}

function occurrences({ text: prompt, name, option }: NamedPrompt, phrase: string): Word[] {
  const pattern = phrase
    .trim()
    .split(/\s+/)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('\\s+');
  if (pattern === '') {
    throw new OptionError(option, `must be words of the ${name}, such as "party hat", but one is empty`);
  }
  const whole = new RegExp(`(?<![\\p{L}\\p{N}_])${pattern}(?![\\p{L}\\p{N}_])`, 'giu');
  const places = Array.from(prompt.matchAll(whole), ({ 0: text, index }) => ({
    text,
    start: index,
    end: index + text.length,
  }));
  if (places.length > 0) return places;
  throw new OptionError(option, `must be written as in the ${name} "${prompt}", but "${phrase}" is not`);
}
