import { basename, join, resolve } from 'node:path';
import {
  BENCHMARKS,
  DEFAULT_METRICS,
  metricsNamed,
  PIE_BENCH_TYPES,
  type PieBenchEdit,
  parsePieBench,
} from '@lusd/lusd/metrics';
import { findPieBench } from '@lusd/lusd/node';
import { exists } from '../../files.ts';
import { readJsonFile } from '../../jsonFile.ts';
import { CliError, UsageError } from '../../ui/errors.ts';
import { type Benchmark, type BenchmarkFlags, metricOptions } from './benchmark.ts';

/** @throws UsageError for flags that do not go together; Error, CliError, MetricsError for files that cannot be used */
export async function openPieBench(folder: string, flags: BenchmarkFlags): Promise<Benchmark> {
  const { generatedPath: generated } = flags;
  if (generated === undefined)
    throw new UsageError(
      '--pie-bench needs --generated-path, the folder of results that holds annotation_images',
    );
  const data = await readPieBench(folder);
  return {
    ...(await findPieBench({ ...data, generated })),
    name: BENCHMARKS.pieBench,
    method: basename(resolve(generated)),
    categories: PIE_BENCH_TYPES.filter((type) => data.edits.some((edit) => edit.type === type)),
    metrics: metricsNamed(flags.metrics ?? DEFAULT_METRICS.pieBench, metricOptions(flags)),
    column: (metric, method) => `${method}|${metric}`,
  };
}

/** PIE-Bench's edits, and the folder that holds them and `annotation_images`. */
export interface PieBenchData {
  readonly folder: string;
  readonly edits: readonly PieBenchEdit[];
}

const MAPPING = 'mapping_file.json';

/**
 * Reads PIE-Bench's folder, or the one whose `data` it is.
 * @throws CliError, MetricsError or Error naming the file that is missing or cannot be used
 */
export async function readPieBench(folder: string): Promise<PieBenchData> {
  for (const place of [folder, join(folder, 'data')]) {
    const mapping = join(place, MAPPING);
    if (!(await exists(mapping))) continue;
    const edits = parsePieBench(await readJsonFile(mapping), mapping);
    if (edits.length === 0) throw new CliError(`${mapping} has no edits; download PIE-Bench again`);
    return { folder: place, edits };
  }
  throw new CliError(
    `${folder} has no ${MAPPING}; give PIE-Bench's folder, which holds it and annotation_images`,
  );
}
