import { basename, dirname, extname, resolve } from 'node:path';
import { allMetrics, type Item, type Metric, metricsNamed, type Need } from '@lusd/lusd/metrics';
import { type CsvRow, readCsv } from '../../csv/readCsv.ts';
import { exists } from '../../files.ts';
import { CliError } from '../../ui/errors.ts';
import type { Log } from '../../ui/log.ts';
import { type Benchmark, type BenchmarkFlags, metricOptions } from './benchmark.ts';

const COLUMNS = ['source', 'result'] as const;
const OPTIONAL = ['source_prompt', 'target_prompt', 'mask', 'ground_truth', 'category'] as const;

type PairRow = CsvRow<(typeof COLUMNS)[number] | (typeof OPTIONAL)[number]>;

/** @throws Error, CliError or MetricsError for files that cannot be used */
export async function openPairs(path: string, flags: BenchmarkFlags, log: Log): Promise<Benchmark> {
  const rows = await readCsv(path, COLUMNS, (text) => log.warn(text), OPTIONAL);
  if (rows.length === 0) throw new CliError(`${path} has no rows; add one row a result below its header`);
  const items = rows.map((row) => itemOf(row, path));
  const files = await Promise.all(items.map(async (item) => ({ item, missing: await missingFiles(item) })));
  return {
    items: files.flatMap(({ item, missing }) => (missing.length === 0 ? [item] : [])),
    missing: [...new Set(files.flatMap(({ missing }) => missing))],
    unknown: [],
    name: `pairs of ${basename(path)}`,
    method: basename(path, extname(path)),
    categories: [...new Set(items.flatMap(({ categories }) => categories))],
    metrics: flags.metrics ? metricsNamed(flags.metrics, metricOptions(flags)) : metricsFor(items, flags),
    column: (metric) => metric,
  };
}

/** @throws CliError for a row without source or result */
function itemOf({ row, values }: PairRow, path: string): Item {
  const fileOf = (column: 'source' | 'result' | 'mask' | 'ground_truth') =>
    resolve(dirname(path), values[column].trim());
  for (const column of COLUMNS)
    if (values[column].trim() === '')
      throw new CliError(`${path} has no ${column} in row ${row}; fill it in`);
  const { source_prompt, target_prompt, mask, ground_truth, category } = values;
  return {
    id: String(row).padStart(3, '0'),
    // Results of one source, such as those of several seeds, are not independent.
    group: fileOf('source'),
    categories: category.trim() === '' ? [] : [category.trim()],
    labels: { row, source: values.source, result: values.result },
    result: fileOf('result'),
    frame: 'whole',
    source: fileOf('source'),
    ...(ground_truth.trim() !== '' && { groundTruth: fileOf('ground_truth') }),
    ...(mask.trim() !== '' && { mask: { kind: 'file', path: fileOf('mask') } }),
    texts: {
      ...(source_prompt.trim() !== '' && { sourceText: source_prompt }),
      ...(target_prompt.trim() !== '' && { targetText: target_prompt }),
    },
  };
}

async function missingFiles({ source, result, groundTruth, mask }: Item): Promise<string[]> {
  const paths = [source, result, groundTruth, mask?.kind === 'file' ? mask.path : undefined];
  const missing: string[] = [];
  for (const path of paths) if (path !== undefined && !(await exists(path))) missing.push(path);
  return missing;
}

/** Metrics that some row has all for, without those that check MagicBrush's setup. */
function metricsFor(items: readonly Item[], flags: BenchmarkFlags): readonly Metric[] {
  const isThere = (item: Item, need: Need): boolean => {
    if (need === 'source' || need === 'groundTruth' || need === 'mask') return item[need] !== undefined;
    return item.texts[need] !== undefined;
  };
  const isGiven = ({ needs }: Metric) => items.some((item) => needs.every((need) => isThere(item, need)));
  return allMetrics(metricOptions(flags)).filter(
    (metric) => !metric.needs.includes('localText') && isGiven(metric),
  );
}
