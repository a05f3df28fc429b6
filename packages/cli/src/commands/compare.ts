import { Option } from '@commander-js/extra-typings';
import { writeWholeFile } from '@lusd/sd-models/node';
import { checkOutputPath } from '../files.ts';
import { compareReports, comparisonTable } from '../metrics/comparison.ts';
import { alignReports, readReports } from '../metrics/readReports.ts';
import { successCurve } from '../metrics/successCurve.ts';
import { baseCommand, type CommonOptions } from '../options/baseCommand.ts';
import { parseCount, parsePositive } from '../options/parsers.ts';
import { openLog, type Services } from '../services.ts';
import { formatTable, TABLE_FORMATS, type TableFormat } from '../tables/table.ts';
import { UsageError } from '../ui/errors.ts';

interface CompareFlags extends CommonOptions {
  readonly format: TableFormat;
  readonly category: string;
  readonly published: boolean;
  readonly allowIncomplete?: true | undefined;
  readonly successCurve?: string | undefined;
  readonly seed: number;
  readonly resamples: number;
}

const NOTES = `
Below the methods, by how much each exceeds the first: an interval without 0 is a difference beyond chance. Groups
(MagicBrush's sessions) are drawn with replacement, the same for all methods. Published rows are as printed in the
papers, and may have been computed with other versions of libraries.`;

/** `lusd compare`: evaluations of several methods in one table. */
export function compareCommand(services: Services) {
  return baseCommand('compare', 'put evaluations of several methods into one table')
    .argument('<evaluations...>', 'folders of `lusd eval --output-dir`, or their scores.json')
    .addOption(
      new Option('--format <format>', 'of the table').choices(TABLE_FORMATS).default('text' as const),
    )
    .option('--category <name>', "all, or one of the benchmark's categories", 'all')
    .option('--no-published', 'without rows of papers')
    .option('--allow-incomplete', 'compare what all methods have, instead of stopping')
    .option('--success-curve <file>', 'write the share of results by CLIP-R as .svg; "Ours" is black')
    .option('--seed <n>', 'of the draws', parseCount, 0)
    .option('--resamples <n>', 'draws of groups with replacement', parsePositive, 2000)
    .addHelpText('after', NOTES)
    .action((paths, options) => compare(services, paths, options));
}

async function compare(services: Services, paths: readonly string[], options: CompareFlags): Promise<void> {
  const log = openLog(services, options);
  const { successCurve: curve, category } = options;
  if (curve !== undefined) {
    if (!/\.svg$/i.test(curve)) throw new UsageError(`--success-curve ${curve} must end in .svg`);
    await checkOutputPath(curve);
  }
  const reports = alignReports(await readReports(paths), options.allowIncomplete ?? false);
  const known = ['all', ...new Set(reports.flatMap(({ categories }) => categories))];
  if (!known.includes(category))
    throw new UsageError(`--category ${category} is none of ${known.join(', ')}`);
  if (curve !== undefined) {
    await writeWholeFile(curve, successCurve(reports));
    log.event('done', { path: curve }, `Wrote ${curve}.`);
  }
  const { columns, ...comparison } = compareReports(reports, options);
  log.result(comparison, formatTable(comparisonTable({ columns, ...comparison }), options.format));
}
