import { join } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import {
  parseStudyAnswers,
  parseStudyKey,
  type StudyAnswers,
  type StudyShare,
  studyShares,
} from '@lusd/lusd/metrics';
import { isFolder } from '../../files.ts';
import { readJsonFile } from '../../jsonFile.ts';
import { baseCommand, type CommonOptions } from '../../options/baseCommand.ts';
import { openLog, type Services } from '../../services.ts';
import { KEY } from '../../study/writeStudy.ts';
import { formatTable, TABLE_FORMATS, type Table, type TableFormat } from '../../tables/table.ts';

interface SharesFlags extends CommonOptions {
  readonly format: TableFormat;
}

/** `lusd study shares`: what participants of a study preferred. */
export function sharesCommand(services: Services) {
  return baseCommand('shares', 'count the answers to a study')
    .argument('<study>', 'the folder of `lusd study make`, or its key.json')
    .argument('<answers...>', 'the files that participants saved')
    .addOption(
      new Option('--format <format>', 'of the table').choices(TABLE_FORMATS).default('text' as const),
    )
    .action((study, paths, options) => countAnswers(services, study, paths, options));
}

async function countAnswers(
  services: Services,
  study: string,
  paths: readonly string[],
  options: SharesFlags,
): Promise<void> {
  const log = openLog(services, options);
  const file = (await isFolder(study)) ? join(study, KEY) : study;
  const key = parseStudyKey(await readJsonFile(file), file);
  const participants: StudyAnswers[] = [];
  for (const path of paths) participants.push(parseStudyAnswers(await readJsonFile(path), path));
  const shares = studyShares(key, participants);
  log.result({ shares }, formatTable(sharesTable(shares, participants.length), options.format));
}

function sharesTable(shares: readonly StudyShare[], participants: number): Table {
  const percent = (value: number) => (Number.isNaN(value) ? '-' : `${(100 * value).toFixed(1)} %`);
  return {
    header: ['', 'question', 'wins', 'losses', 'ties', 'share', '95 % from', '95 % to'],
    rows: shares.map(({ method, other, question, wins, losses, ties, share, low, high }) => [
      `${method} over ${other}`,
      question,
      ...[wins, losses, ties].map(String),
      ...[share, low, high].map(percent),
    ]),
    notes: [
      `${participants} participant${participants === 1 ? '' : 's'}; shares are of answers that are no ties, with Wilson's interval.`,
    ],
  };
}
