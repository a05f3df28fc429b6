import { join } from 'node:path';
import { type EvaluationReport, encodeNumber, formatNumbers } from '@lusd/lusd/metrics';
import { writeWholeFile } from '@lusd/sd-models/node';
import { csvCell } from '../tables/table.ts';

/** The report's file in an evaluation's folder. */
export const REPORT = 'scores.json';

/**
 * Writes `scores.csv`, a row an item, and `scores.json`, which has everything.
 * @param column of a metric in the CSV
 * @returns the paths
 * @throws Error naming a file that cannot be written
 */
export async function writeScores(
  folder: string,
  report: EvaluationReport,
  column: (metric: string) => string,
): Promise<readonly string[]> {
  const [csv, json] = [join(folder, 'scores.csv'), join(folder, REPORT)];
  await writeWholeFile(csv, scoresCsv(report, column));
  await writeWholeFile(json, formatNumbers(report));
  return [csv, json];
}

/** Unscaled; `nan` and `inf` as pandas reads them. */
function scoresCsv({ items, metrics }: EvaluationReport, column: (metric: string) => string): string {
  const labels = Object.keys(items[0]?.labels ?? {});
  const header = [...labels, ...metrics.map(({ name }) => column(name))];
  const rows = items.map((item) => [
    ...labels.map((label) => String(item.labels[label] ?? '')),
    ...metrics.map(({ name }) => String(encodeNumber(item.scores[name] ?? Number.NaN))),
  ]);
  return [header, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}
