import { TorchCpuGenerator } from '@lusd/tensor';

/** What a participant is asked of two results, in this order. */
export const STUDY_QUESTIONS = {
  prompt: 'Which picture shows better what the text says?',
  background: 'Which picture keeps better what need not change?',
  quality: 'Which picture has the better quality?',
  overall: 'Which picture is the better edit, all in all?',
} as const;

/** Names one of {@link STUDY_QUESTIONS}. */
export type StudyQuestion = keyof typeof STUDY_QUESTIONS;

/** Two methods' results of one item, as a participant sees them. */
export interface StudyTrial {
  readonly item: string;
  /** Methods. */
  readonly left: string;
  readonly right: string;
}

/** How a study is drawn. */
export interface StudyOptions {
  readonly seed: number;
  /** Items of each pair of methods; default: all. */
  readonly count?: number | undefined;
}

/**
 * Draws a study of the first method against each other one: which items, on which side each method is, and the order.
 * The draws are those of torch's CPU generator.
 *
 * @param items ids of what all methods have results of
 * @throws RangeError for fewer than two methods, or more items than there are
 */
export function drawTrials(
  methods: readonly string[],
  items: readonly string[],
  { seed, count = items.length }: StudyOptions,
): readonly StudyTrial[] {
  const [first, ...others] = methods;
  if (first === undefined || others.length === 0)
    throw new RangeError(`A study compares at least two methods, not ${methods.length}.`);
  if (count > items.length)
    throw new RangeError(`There are ${items.length} items with results of all methods, not ${count}.`);
  const generator = new TorchCpuGenerator(seed);
  const trials = others.flatMap((other) =>
    Array.from(generator.randperm(items.length).subarray(0, count), (position): StudyTrial => {
      const [left, right] = generator.randint(0, 2) === 0 ? [first, other] : [other, first];
      return { item: items[position]!, left, right };
    }),
  );
  return Array.from(generator.randperm(trials.length), (position) => trials[position]!);
}
