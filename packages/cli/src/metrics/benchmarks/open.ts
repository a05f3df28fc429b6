import { UsageError } from '../../ui/errors.ts';
import type { Log } from '../../ui/log.ts';
import type { Benchmark, BenchmarkFlags } from './benchmark.ts';
import { openMagicBrush } from './magicBrush.ts';
import { openPairs } from './pairs.ts';
import { openPieBench } from './pieBench.ts';

/** Flags of one kind of benchmark, which mean nothing to the others. */
const ONLY_MAGIC_BRUSH = {
  gtPath: '--gt-path',
  captionPath: '--caption-path',
  globalCaptionPath: '--global-caption-path',
  categoryPath: '--category-path',
} as const;

/**
 * The results that the flags name.
 * @throws UsageError for flags that do not go together; Error, CliError, MetricsError for files that cannot be used
 */
export async function openBenchmark(flags: BenchmarkFlags, log: Log): Promise<Benchmark> {
  const { pieBench, pairs } = flags;
  if (pairs === undefined && pieBench === undefined) return openMagicBrush(flags, log);
  refuseOthers(flags, pairs === undefined ? '--pie-bench' : '--pairs');
  return pairs === undefined ? openPieBench(pieBench!, flags) : openPairs(pairs, flags, log);
}

function refuseOthers(flags: BenchmarkFlags, chosen: '--pie-bench' | '--pairs'): void {
  const others: string[] = Object.entries(ONLY_MAGIC_BRUSH)
    .filter(([name]) => flags[name as keyof typeof ONLY_MAGIC_BRUSH] !== undefined)
    .map(([, flag]) => flag);
  if (flags.turns !== 'all') others.push('--turns');
  if (chosen === '--pairs') {
    if (flags.pieBench !== undefined) others.push('--pie-bench');
    if (flags.generatedPath !== undefined) others.push('--generated-path');
  }
  if (others.length > 0)
    throw new UsageError(
      `${others.join(', ')} cannot be used with ${chosen}; leave ${others.length > 1 ? 'them' : 'it'} out`,
    );
}
