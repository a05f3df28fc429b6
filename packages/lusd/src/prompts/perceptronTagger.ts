import type { Tagger } from './tagger.ts';

/** The parameters of an averaged perceptron tagger, as NLTK stores them. */
export interface PerceptronModel {
  /** Weight of every tag, by feature. */
  readonly weights: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Words that nearly always have one tag, with it. */
  readonly tagdict: ReadonlyMap<string, string>;
  /** All tags. */
  readonly classes: readonly string[];
}

const START = ['-START-', '-START2-'] as const;
const END = ['-END-', '-END2-'] as const;

/**
 * A greedy averaged perceptron tagger: every word gets the tag whose weights, summed over the word's
 * features, are greatest; the two tags before it are among the features.
 *
 * Source: `nltk.tag.perceptron.PerceptronTagger`, whose tags it reproduces from the same model.
 */
export function perceptronTagger(model: PerceptronModel): Tagger {
  return (words) => {
    const context = [...START, ...words.map(normalize), ...END];
    let [previous, beforePrevious]: [string, string] = [...START];
    return words.map((word, i) => {
      const tag =
        model.tagdict.get(word) ?? predict(model, features(word, context, i + 2, previous, beforePrevious));
      beforePrevious = previous;
      previous = tag;
      return tag;
    });
  };
}

function normalize(word: string): string {
  if (word.indexOf('-') > 0) return '!HYPHEN';
  if (/^\p{Nd}{4}$/u.test(word)) return '!YEAR';
  if (/^\p{Nd}/u.test(word)) return '!DIGITS';
  return word.toLowerCase();
}

function features(
  word: string,
  context: readonly string[],
  i: number,
  previous: string,
  beforePrevious: string,
): string[] {
  const at = (offset: number): string => context[i + offset]!;
  return [
    'bias',
    `i suffix ${suffix(word)}`,
    `i pref1 ${Array.from(word)[0] ?? ''}`,
    `i-1 tag ${previous}`,
    `i-2 tag ${beforePrevious}`,
    `i tag+i-2 tag ${previous} ${beforePrevious}`,
    `i word ${at(0)}`,
    `i-1 tag+i word ${previous} ${at(0)}`,
    `i-1 word ${at(-1)}`,
    `i-1 suffix ${suffix(at(-1))}`,
    `i-2 word ${at(-2)}`,
    `i+1 word ${at(1)}`,
    `i+1 suffix ${suffix(at(1))}`,
    `i+2 word ${at(2)}`,
  ];
}

/** The last three characters, counted as Python does: by code point. */
function suffix(word: string): string {
  return Array.from(word).slice(-3).join('');
}

function predict(model: PerceptronModel, features: readonly string[]): string {
  const scores = new Map(model.classes.map((tag) => [tag, 0]));
  for (const feature of features) {
    for (const [tag, weight] of model.weights.get(feature) ?? []) {
      scores.set(tag, (scores.get(tag) ?? 0) + weight);
    }
  }
  // Of equal scores NLTK takes the tag that is last in the alphabet.
  return model.classes.reduce((best, tag) => {
    const lead = scores.get(tag)! - scores.get(best)!;
    return lead > 0 || (lead === 0 && tag > best) ? tag : best;
  });
}
