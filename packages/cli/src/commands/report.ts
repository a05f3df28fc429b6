import { resolve } from 'node:path';
import { checkOutputPath } from '../files.ts';
import { baseCommand, type CommonOptions } from '../options/baseCommand.ts';
import { parseHtmlPath } from '../options/parsers.ts';
import { collect } from '../report/collect.ts';
import { folderLabels, readResultFolder } from '../report/resultFolder.ts';
import { readScores } from '../report/scores.ts';
import { writeReport } from '../report/writeReport.ts';
import { openLog, type Services } from '../services.ts';

interface ReportFlags extends CommonOptions {
  readonly output: string;
  readonly title?: string | undefined;
  readonly scores?: string[] | undefined;
}

const NOTES = `
A folder is one that \`lusd edit\` or \`lusd run\` wrote to; a result's file stands for itself. Results of several folders
that have one name are compared. Scores are taken from a folder's scores.json or scores.csv, and from --scores. Up to 30
edits are one file; the pictures of more are beside it, in report_files/.`;

/** `lusd report`: a page that shows results and how they were made. */
export function reportCommand(services: Services) {
  return baseCommand('report', 'make a page of the results in folders, to look at offline')
    .argument('<folder...>', 'results to show; several folders are compared')
    .option('--output <file.html>', 'output file', parseHtmlPath, 'report.html')
    .option('--title <text>', "the page's title; default: the folders' names")
    .option('--scores <file...>', 'scores of the results as .csv or .json')
    .addHelpText('after', NOTES)
    .action((folders, options) => makeReport(services, folders, options));
}

async function makeReport(services: Services, paths: readonly string[], options: ReportFlags): Promise<void> {
  const log = openLog(services, options);
  const { output } = options;
  await checkOutputPath(output);
  const labels = folderLabels(paths);
  const methods = await Promise.all(
    paths.map(async (path, i) => ({ label: labels[i] ?? path, folder: await readResultFolder(path) })),
  );
  const scores = await Promise.all((options.scores ?? []).map(readScores));
  const collected = collect(methods, options.title ?? labels.join(' and '), scores);
  for (const note of collected.notes) log.warn(note);
  await writeReport(output, collected, log, services.signal);
  const edits = collected.report.edits.length;
  log.event('done', { path: output, edits }, `Open ${resolve(output)} to look at ${edits} edits.`);
}
