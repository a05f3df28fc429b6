import type { MetricFacts } from './metric.ts';
import { simpson } from './statistics/simpson.ts';

/** A result's scores by the metrics' names. */
export type Scores = Readonly<Record<string, number>>;

/**
 * A number that says how good a set of results is: one column of a summary. It is a function of sums over the results,
 * so that sets which are drawn thousands of times only add up the sums of their groups.
 */
export interface Aggregate extends MetricFacts {
  /** Names of the metrics that it is made of; results without one of them do not count. */
  readonly metrics: readonly string[];
  /** What is summed over results, of one of them; always of one length. */
  terms(scores: Scores): readonly number[];
  /** The number for these sums; NaN where it is not defined, as over no result. */
  value(sums: Float64Array): number;
}

/** A metric's mean. */
export function meanOf({ name, title, better, scale, digits }: MetricFacts): Aggregate {
  return {
    ...{ name, title, better, scale, digits },
    metrics: [name],
    terms: (scores) => [scores[name]!, 1],
    value: ([sum, count]: Float64Array) => sum! / count!,
  };
}

const SPACING = 0.01;

/** Thresholds of CLIP-R, 1.00, 1.01, .. 1.40, at which {@link successShares} counts. */
export const SUCCESS_THRESHOLDS: readonly number[] = thresholds(41);
const MEAN_THRESHOLDS = thresholds(23);

const FACTS = { scale: 1, digits: 3 } as const;

/**
 * LUSD's columns beside the means. A mean over no result is NaN, and so is an integral that contains one, as in the
 * released program: L1* and CLIP-I* need a result whose CLIP-R is above 1.22. They are not divided by the width of 0.22.
 */
export const SCORE_SUMMARY: readonly Aggregate[] = [
  {
    ...FACTS,
    name: 'clip_auc',
    title: 'CLIP-AUC',
    better: 'higher',
    metrics: ['clip_r'],
    terms: (scores) => [1, ...SUCCESS_THRESHOLDS.map((threshold) => Number(scores.clip_r! > threshold))],
    value: (sums) =>
      simpson(
        SUCCESS_THRESHOLDS.map((_, i) => sums[i + 1]! / sums[0]!),
        SPACING,
      ),
  },
  integralOfMean('l1', { name: 'l1_star', title: 'L1*', better: 'lower' }),
  integralOfMean('clip_i', { name: 'clip_i_star', title: 'CLIP-I*', better: 'higher' }),
];

/** The integral, over thresholds of CLIP-R from 1.00 to 1.22, of a metric's mean over the results above. */
function integralOfMean(
  metric: 'l1' | 'clip_i',
  facts: Pick<MetricFacts, 'name' | 'title' | 'better'>,
): Aggregate {
  return {
    ...FACTS,
    ...facts,
    metrics: ['clip_r', metric],
    terms: (scores) =>
      MEAN_THRESHOLDS.flatMap((threshold) => (scores.clip_r! > threshold ? [scores[metric]!, 1] : [0, 0])),
    value: (sums) =>
      simpson(
        MEAN_THRESHOLDS.map((_, i) => sums[2 * i]! / sums[2 * i + 1]!),
        SPACING,
      ),
  };
}

/** LUSD's success curve: the share of results whose CLIP-R is above each of {@link SUCCESS_THRESHOLDS}. */
export function successShares(clipR: readonly number[]): number[] {
  return SUCCESS_THRESHOLDS.map(
    (threshold) => clipR.filter((value) => value > threshold).length / clipR.length,
  );
}

function thresholds(count: number): number[] {
  return Array.from({ length: count }, (_, k) => 1 + SPACING * k);
}

/** The columns that these metrics allow: their means, and LUSD's where their metrics are all there. */
export function aggregatesOf(metrics: readonly MetricFacts[]): readonly Aggregate[] {
  const names = new Set(metrics.map(({ name }) => name));
  const whole = SCORE_SUMMARY.filter((aggregate) => aggregate.metrics.every((name) => names.has(name)));
  return [...metrics.map(meanOf), ...whole];
}
