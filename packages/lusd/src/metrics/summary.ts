import { simpson } from './simpson.ts';

/** The kind of edit that MagicBrush's instruction asks for. */
export type EditCategory = 'add' | 'change' | 'remove';

/** The metrics of one edited image. */
export interface EditScores {
  readonly category: EditCategory;
  /** Mean absolute difference from the ground truth. */
  readonly l1: number;
  /** Cosine of the CLIP embeddings of result and ground truth. */
  readonly clipI: number;
  /** Cosine of the CLIP embeddings of result and local caption. */
  readonly clipT: number;
  /** cos(result, global caption) / cos(input, global caption). */
  readonly clipR: number;
}

/** One row of the paper's table. */
export interface MetricSummary {
  readonly count: number;
  readonly clipT: number;
  readonly l1: number;
  readonly clipI: number;
  /** Integral, over thresholds of CLIP-R from 1.00 to 1.40, of the share of results above the threshold. */
  readonly clipAuc: number;
  /** Integral, over thresholds from 1.00 to 1.22, of the mean L1 of the results above the threshold. */
  readonly l1Star: number;
  /** The same integral of the mean CLIP-I. */
  readonly clipIStar: number;
}

/** The summary over all results and per category, where a removal counts as a change. */
export interface CategorySummaries {
  readonly all: MetricSummary;
  readonly add: MetricSummary;
  readonly change: MetricSummary;
}

const SPACING = 0.01;
const SHARE_THRESHOLDS = thresholds(41);
const MEAN_THRESHOLDS = thresholds(23);

/**
 * The paper's table for a set of results. A mean over no result is NaN, and so is an integral that contains
 * one, as in the released program: l1Star and clipIStar need a result whose CLIP-R is above 1.22.
 *
 * Source: the released program's evaluation.
 */
export function summarizeByCategory(scores: readonly EditScores[]): CategorySummaries {
  return {
    all: summarize(scores),
    add: summarize(scores.filter(({ category }) => category === 'add')),
    change: summarize(scores.filter(({ category }) => category !== 'add')),
  };
}

function summarize(scores: readonly EditScores[]): MetricSummary {
  const above = (threshold: number) => scores.filter(({ clipR }) => clipR > threshold);
  const integrateMean = (metric: 'l1' | 'clipI') =>
    simpson(
      MEAN_THRESHOLDS.map((threshold) => mean(above(threshold), metric)),
      SPACING,
    );
  return {
    count: scores.length,
    clipT: mean(scores, 'clipT'),
    l1: mean(scores, 'l1'),
    clipI: mean(scores, 'clipI'),
    clipAuc: simpson(
      SHARE_THRESHOLDS.map((threshold) => above(threshold).length / scores.length),
      SPACING,
    ),
    l1Star: integrateMean('l1'),
    clipIStar: integrateMean('clipI'),
  };
}

function mean(scores: readonly EditScores[], metric: 'l1' | 'clipI' | 'clipT'): number {
  return scores.reduce((sum, score) => sum + score[metric], 0) / scores.length;
}

function thresholds(count: number): number[] {
  return Array.from({ length: count }, (_, k) => 1 + SPACING * k);
}
