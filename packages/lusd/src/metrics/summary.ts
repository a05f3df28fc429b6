import { mapPixelMetrics, type PixelScores } from './pixelMetrics.ts';
import { simpson } from './simpson.ts';

/** The kind of edit that MagicBrush's instruction asks for. */
export type EditCategory = 'add' | 'change' | 'remove';

/** CLIP's metrics of a result. */
export interface ClipScores {
  /** Cosine of the CLIP embeddings of result and ground truth. */
  readonly clipI: number;
  /** Cosine of the CLIP embeddings of result and local caption. */
  readonly clipT: number;
  /** cos(result, global caption) / cos(input, global caption). */
  readonly clipR: number;
}

/** The metrics of one edited image. */
export interface EditScores extends PixelScores, ClipScores {
  readonly category: EditCategory;
}

/** Means over results, without CLIP. */
export interface PixelSummary extends PixelScores {
  readonly count: number;
}

/** One row of the paper's table, and the means that it leaves out. */
export interface MetricSummary extends PixelSummary, ClipScores {
  /** Integral, over thresholds of CLIP-R from 1.00 to 1.40, of the share of results above the threshold. */
  readonly clipAuc: number;
  /** Integral, over thresholds from 1.00 to 1.22, of the mean L1 of the results above the threshold. */
  readonly l1Star: number;
  /** The same integral of the mean CLIP-I. */
  readonly clipIStar: number;
}

/** A summary over all results and one per category, where a removal counts as a change. */
export interface CategorySummaries<Summary = MetricSummary> {
  readonly all: Summary;
  readonly add: Summary;
  readonly change: Summary;
}

const SPACING = 0.01;
const SHARE_THRESHOLDS = thresholds(41);
const MEAN_THRESHOLDS = thresholds(23);

/**
 * The paper's table for a set of results, as {@link summarize} has it.
 *
 * Source: the released program's evaluation.
 */
export function summarizeByCategory(scores: readonly EditScores[]): CategorySummaries {
  return byCategory(scores, summarize);
}

/** `summary` of all results, of the additions, and of the changes and removals. */
export function byCategory<Scores extends { readonly category: EditCategory | null }, Summary>(
  scores: readonly Scores[],
  summary: (scores: readonly Scores[]) => Summary,
): CategorySummaries<Summary> {
  return {
    all: summary(scores),
    add: summary(scores.filter(({ category }) => category === 'add')),
    change: summary(scores.filter(({ category }) => category === 'change' || category === 'remove')),
  };
}

/**
 * One row of the paper's table. A mean over no result is NaN, and so is an integral that contains one, as in the
 * released program: l1Star and clipIStar need a result whose CLIP-R is above 1.22.
 */
export function summarize(scores: readonly (PixelScores & ClipScores)[]): MetricSummary {
  const above = (threshold: number) => scores.filter(({ clipR }) => clipR > threshold);
  const integrateMean = (metric: 'l1' | 'clipI') =>
    simpson(
      MEAN_THRESHOLDS.map((threshold) => mean(above(threshold), metric)),
      SPACING,
    );
  return {
    ...summarizePixels(scores),
    clipI: mean(scores, 'clipI'),
    clipT: mean(scores, 'clipT'),
    clipR: mean(scores, 'clipR'),
    clipAuc: simpson(
      SHARE_THRESHOLDS.map((threshold) => above(threshold).length / scores.length),
      SPACING,
    ),
    l1Star: integrateMean('l1'),
    clipIStar: integrateMean('clipI'),
  };
}

/** The means that need no CLIP; NaN over no result. */
export function summarizePixels(scores: readonly PixelScores[]): PixelSummary {
  return { count: scores.length, ...mapPixelMetrics((_, name) => mean(scores, name)) };
}

function mean<Metric extends string>(
  scores: readonly Readonly<Record<Metric, number>>[],
  metric: Metric,
): number {
  return scores.reduce((sum, score) => sum + score[metric], 0) / scores.length;
}

function thresholds(count: number): number[] {
  return Array.from({ length: count }, (_, k) => 1 + SPACING * k);
}
