import type { Metric, MetricOptions } from '@lusd/lusd/metrics';
import type { FoundItems } from '@lusd/lusd/node';

/** Results that are to be scored, and how. */
export interface Benchmark extends FoundItems {
  /** What the results are of, such as `PIE-Bench`; reports of different benchmarks do not compare. */
  readonly name: string;
  /** Name of the method, unless another is given. */
  readonly method: string;
  /** Rows of the summary besides that of all items. */
  readonly categories: readonly string[];
  readonly metrics: readonly Metric[];
  /** A metric's column in `scores.csv`. */
  column(metric: string, method: string): string;
}

/** The flags that say where results are and what they are compared with. */
export interface BenchmarkFlags {
  readonly generatedPath?: string | undefined;
  readonly gtPath?: string | undefined;
  readonly captionPath?: string | undefined;
  readonly globalCaptionPath?: string | undefined;
  readonly categoryPath?: string | undefined;
  readonly turns: 'all' | 'final';
  readonly pieBench?: string | undefined;
  readonly pairs?: string | undefined;
  /** Default: those of the benchmark. */
  readonly metrics?: readonly string[] | undefined;
  readonly torchmetrics: Torchmetrics;
}

/** Versions from which on torchmetrics computes other numbers: 1.2.1 another LPIPS, 1.4.2 another SSIM, too. */
export type Torchmetrics = '1.2.0' | '1.2.1' | '1.4.2';

/** How the flags want metrics computed. */
export function metricOptions({ torchmetrics }: Pick<BenchmarkFlags, 'torchmetrics'>): MetricOptions {
  return { ssim: torchmetrics === '1.4.2' ? 'reflected' : 'inner' };
}
