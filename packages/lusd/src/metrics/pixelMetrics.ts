import { meanAbsoluteDifference, meanSquaredDifference } from './distance.ts';

/** Compares a result with its ground truth: RGB bytes of one size, in one order. */
type PixelMetric = (result: Uint8Array, groundTruth: Uint8Array) => number;

/** The metrics of pixels. A row is all that one needs to be computed for each result and averaged in each summary. */
const PIXEL_METRICS = {
  l1: meanAbsoluteDifference,
  l2: meanSquaredDifference,
} as const satisfies Readonly<Record<string, PixelMetric>>;

type PixelMetricName = keyof typeof PIXEL_METRICS;

/** What tells a result from its ground truth by their pixels, which are taken from 0 to 1. */
export type PixelScores = { readonly [Name in PixelMetricName]: number };

/** The value of each metric. */
export function mapPixelMetrics(value: (metric: PixelMetric, name: PixelMetricName) => number): PixelScores {
  const rows = Object.entries(PIXEL_METRICS) as [PixelMetricName, PixelMetric][];
  return Object.fromEntries(rows.map(([name, metric]) => [name, value(metric, name)])) as PixelScores;
}
