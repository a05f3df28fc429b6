import { join } from 'node:path';
import { drawTrials, type StudyKey } from '@lusd/lusd/metrics';
import { exists, makeFolder } from '../../files.ts';
import { alignReports, readReports } from '../../metrics/readReports.ts';
import { sha256OfText } from '../../metrics/sha256.ts';
import { baseCommand, type CommonOptions } from '../../options/baseCommand.ts';
import { parseCount, parsePositive } from '../../options/parsers.ts';
import { openLog, type Services } from '../../services.ts';
import { KEY, writeStudy } from '../../study/writeStudy.ts';
import { CliError, UsageError } from '../../ui/errors.ts';

interface MakeFlags extends CommonOptions {
  readonly outputDir: string;
  readonly seed: number;
  readonly count?: number | undefined;
  readonly allowIncomplete?: true | undefined;
}

const NOTES = `
The folder gets page/, for participants: index.html works from the disk, in any browser, without a network. Its keys are
1, 2 and 0 for no difference; answers are saved as JSON. key.json says which method was on which side: keep it.`;

/** `lusd study make`: the page of a study. */
export function makeCommand(services: Services) {
  return baseCommand('make', 'write a page that shows results of two methods beside each other')
    .argument(
      '<evaluations...>',
      'folders of `lusd eval --output-dir`; the first method against each other one',
    )
    .requiredOption('--output-dir <folder>', 'where page/ and key.json go; it must not hold a study yet')
    .option('--seed <n>', 'of the order, the sides and, with --count, the choice', parseCount, 0)
    .option('--count <n>', 'results of each pair of methods; default: all', parsePositive)
    .option('--allow-incomplete', 'take what all methods have, instead of stopping')
    .addHelpText('after', NOTES)
    .action((paths, options) => makeStudy(services, paths, options));
}

async function makeStudy(
  services: Services,
  paths: readonly string[],
  { outputDir, seed, count, allowIncomplete, ...common }: MakeFlags,
): Promise<void> {
  const log = openLog(services, common);
  if (paths.length < 2) throw new UsageError('a study compares methods; name two evaluations or more');
  if (await exists(join(outputDir, KEY)))
    throw new CliError(`${outputDir} holds a study, whose answers need its key; choose another --output-dir`);
  const reports = alignReports(await readReports(paths), allowIncomplete ?? false);
  const methods = reports.map(({ method }) => method);
  const items = reports[0]!.items.map(({ id }) => id);
  if (count !== undefined && count > items.length)
    throw new UsageError(`--count ${count} is more than the ${items.length} results that all methods have`);
  const trials = drawTrials(methods, items, { seed, count });
  const key: StudyKey = { study: sha256OfText(JSON.stringify(trials)).slice(0, 16), seed, methods, trials };
  await makeFolder(outputDir);
  await writeStudy(outputDir, key, reports);
  const page = join(outputDir, 'page', 'index.html');
  log.event('done', { page, trials: trials.length }, `Wrote ${page}, ${trials.length} pairs of pictures.`);
}
