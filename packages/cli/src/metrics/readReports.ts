import { join } from 'node:path';
import { type EvaluationReport, parseReport } from '@lusd/lusd/metrics';
import { isFolder } from '../files.ts';
import { readJsonFile } from '../jsonFile.ts';
import { CliError } from '../ui/errors.ts';
import { listed } from '../ui/listed.ts';
import { REPORT } from './scoreFiles.ts';

/**
 * Reads the reports of several methods on one benchmark.
 * @param paths folders that `lusd eval --output-dir` wrote, or their scores.json
 * @throws CliError, MetricsError or Error naming a file that cannot be used, two of one name, or two benchmarks
 */
export async function readReports(paths: readonly string[]): Promise<readonly EvaluationReport[]> {
  const reports: EvaluationReport[] = [];
  for (const path of paths) {
    const file = (await isFolder(path)) ? join(path, REPORT) : path;
    reports.push(parseReport(await readJsonFile(file), file));
  }
  const [first] = reports as [EvaluationReport];
  const other = reports.findIndex(({ benchmark }) => benchmark !== first.benchmark);
  if (other > 0)
    throw new CliError(
      `${paths[0]} is of ${first.benchmark} but ${paths[other]} of ${reports[other]!.benchmark}; compare results of one benchmark`,
    );
  const names = reports.map(({ method }) => method);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new CliError(
      `two methods are called ${twice}; score one again with another --name, which is quick`,
    );
  return reports;
}

/**
 * The reports with the items that all of them have, in the first one's order.
 * @param allowsIncomplete leaves the other items out, instead of stopping
 * @throws CliError naming what one lacks, unless that is allowed; CliError if nothing is left
 */
export function alignReports(
  reports: readonly EvaluationReport[],
  allowsIncomplete: boolean,
): readonly EvaluationReport[] {
  const maps = reports.map(({ items }) => new Map(items.map((item) => [item.id, item])));
  const all = [...new Set(reports.flatMap(({ items }) => items.map(({ id }) => id)))];
  const common = all.filter((id) => maps.every((map) => map.has(id)));
  if (common.length === 0)
    throw new CliError('the methods have no result in common; compare results of the same pictures');
  if (common.length < all.length && !allowsIncomplete) {
    const lacking = reports.findIndex((_, i) => all.some((id) => !maps[i]!.has(id)));
    const missing = all.filter((id) => !maps[lacking]!.has(id));
    throw new CliError(
      `${reports[lacking]!.method} has no scores of ${listed(missing)}; score them, or compare the others only with --allow-incomplete`,
    );
  }
  return reports.map((report, i) => ({ ...report, items: common.map((id) => maps[i]!.get(id)!) }));
}
