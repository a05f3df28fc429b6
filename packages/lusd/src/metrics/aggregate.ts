import type { MetricFacts } from './metric.ts';
import { mean } from './statistics/mean.ts';
import { simpson } from './statistics/simpson.ts';

/** A result's scores by the metrics' names. */
export type Scores = Readonly<Record<string, number>>;

/** A number that says how good a set of results is: one column of a summary. */
export interface Aggregate extends MetricFacts {
  /** Names of the metrics that it is made of; results without one of them do not count. */
  readonly metrics: readonly string[];
  /** NaN where it is not defined, as over no result. */
  compute(scores: readonly Scores[]): number;
}

/** A metric's mean. */
export function meanOf({ name, title, better, scale, digits }: MetricFacts): Aggregate {
  const compute = (scores: readonly Scores[]) => mean(scores.map((score) => score[name]!));
  return { name, title, better, scale, digits, metrics: [name], compute };
}

const SPACING = 0.01;
const SHARE_THRESHOLDS = thresholds(41);
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
    compute: (scores) => simpson(successShares(scores.map(({ clip_r }) => clip_r!)), SPACING),
  },
  {
    ...FACTS,
    name: 'l1_star',
    title: 'L1*',
    better: 'lower',
    metrics: ['clip_r', 'l1'],
    compute: (scores) => integrateMean(scores, 'l1'),
  },
  {
    ...FACTS,
    name: 'clip_i_star',
    title: 'CLIP-I*',
    better: 'higher',
    metrics: ['clip_r', 'clip_i'],
    compute: (scores) => integrateMean(scores, 'clip_i'),
  },
];

/** Thresholds of CLIP-R, 1.00, 1.01, .. 1.40, at which {@link successShares} counts. */
export const SUCCESS_THRESHOLDS: readonly number[] = SHARE_THRESHOLDS;

/** LUSD's success curve: the share of results whose CLIP-R is above each of {@link SUCCESS_THRESHOLDS}. */
export function successShares(clipR: readonly number[]): number[] {
  return SHARE_THRESHOLDS.map(
    (threshold) => clipR.filter((value) => value > threshold).length / clipR.length,
  );
}

/** The integral, over thresholds from 1.00 to 1.22, of the mean of the results whose CLIP-R is above. */
function integrateMean(scores: readonly Scores[], metric: 'l1' | 'clip_i'): number {
  const means = MEAN_THRESHOLDS.map((threshold) =>
    mean(scores.filter(({ clip_r }) => clip_r! > threshold).map((score) => score[metric]!)),
  );
  return simpson(means, SPACING);
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
