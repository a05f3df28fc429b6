import { basename, resolve } from 'node:path';
import { BENCHMARKS, DEFAULT_METRICS, type Metric, metricsNamed } from '@lusd/lusd/metrics';
import { findTurns } from '@lusd/lusd/node';
import { UsageError } from '../../ui/errors.ts';
import type { Log } from '../../ui/log.ts';
import { readCaptions, readCategories } from '../turnTables.ts';
import { type Benchmark, type BenchmarkFlags, metricOptions } from './benchmark.ts';

/** @throws UsageError for flags that do not go together; Error, CliError, MetricsError for files that cannot be used */
export async function openMagicBrush(flags: BenchmarkFlags, log: Log): Promise<Benchmark> {
  const { generatedPath, gtPath, categoryPath, turns } = flags;
  if (generatedPath === undefined || gtPath === undefined)
    throw new UsageError(
      'give MagicBrush with --generated-path and --gt-path, PIE-Bench with --pie-bench and --generated-path, or other pictures with --pairs',
    );
  const metrics = metricsNamed(flags.metrics ?? DEFAULT_METRICS.magicBrush, metricOptions(flags));
  const captions = needsCaptions(metrics) ? await requireCaptions(flags, metrics) : null;
  const categories =
    categoryPath === undefined ? null : await readCategories(categoryPath, (text) => log.warn(text));
  const found = await findTurns({
    turns,
    generated: generatedPath,
    groundTruth: gtPath,
    captions,
    categories,
  });
  return {
    ...found,
    name: turns === 'all' ? BENCHMARKS.allTurns : BENCHMARKS.finalTurn,
    method: basename(resolve(generatedPath)),
    categories: categories ? ['add', 'change'] : [],
    metrics,
    column: (metric) => metric,
  };
}

function needsCaptions(metrics: readonly Metric[]): boolean {
  return metrics.some(({ needs }) => needs.some((need) => need.endsWith('Text')));
}

async function requireCaptions(
  { captionPath, globalCaptionPath }: BenchmarkFlags,
  metrics: readonly Metric[],
) {
  if (captionPath === undefined || globalCaptionPath === undefined) {
    const names = metrics.filter((metric) => needsCaptions([metric])).map(({ name }) => name);
    throw new UsageError(
      `${names.join(', ')} need --caption-path and --global-caption-path; --metrics l1,l2 computes what needs no captions`,
    );
  }
  return { local: await readCaptions(captionPath), global: await readCaptions(globalCaptionPath) };
}
