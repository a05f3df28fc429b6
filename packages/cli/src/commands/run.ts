import { Option } from '@commander-js/extra-typings';
import { plainPrompts } from '../edit/brackets.ts';
import { tokenChoice } from '../edit/tokenChoice.ts';
import { makeFolder } from '../files.ts';
import { parseAlgorithm } from '../options/algorithmCommand.ts';
import type { CommonOptions } from '../options/baseCommand.ts';
import { parseCount, parsePositive } from '../options/parsers.ts';
import { frameOptions, type PictureOptions, pictureCommand } from '../options/pictureCommand.ts';
import { requireUse } from '../options/requireUse.ts';
import { PictureReader } from '../pictureReader.ts';
import { withPipeline } from '../pipeline.ts';
import { readIndex } from '../run/indexCsv.ts';
import { makeJobs } from '../run/jobs.ts';
import { warnOfOtherParts } from '../run/otherParts.ts';
import { planJobs } from '../run/planJobs.ts';
import { ResultStore } from '../run/resultStore.ts';
import { runJobs } from '../run/runJobs.ts';
import { parseShard, type Shard, shardFromEnvironment, takeShard } from '../run/shard.ts';
import { openLog, type Services } from '../services.ts';
import { CliError } from '../ui/errors.ts';
import { listed } from '../ui/listed.ts';
import type { Log } from '../ui/log.ts';

interface RunFlags extends PictureOptions, CommonOptions {
  readonly inputDir: string;
  readonly outputDir: string;
  readonly numSeed: number;
  readonly initSeed: number;
  readonly shard?: Shard | undefined;
}

/** `lusd run`: the released program's job on a folder. */
export function runCommand(services: Services) {
  return pictureCommand('run', "edit the pictures listed in a folder's index.csv")
    .optionsGroup('Folder:')
    .requiredOption(
      '--input-dir <folder>',
      'holds index.csv (img_path, source_prompt, target_prompt) and images/',
    )
    .requiredOption('--output-dir <folder>', 'where {row}_seed{n}.png and .cache/ go')
    .option('--num-seed <n>', 'seeds of each row', parsePositive, 1)
    .option('--init-seed <n>', 'the first seed', parseCount, 0)
    .addOption(
      new Option(
        '--shard <i/n>',
        'do one part of n; default: taken from a Slurm array or an indexed Job',
      ).argParser(parseShard),
    )
    .action((options) => runFolder(services, options));
}

async function runFolder(services: Services, options: RunFlags): Promise<void> {
  const log = openLog(services, options);
  const editor = parseAlgorithm(options);
  requireUse(editor, options);
  const shard = options.shard ?? shardFromEnvironment(services.environment);
  if (shard.count > 1)
    log.event('shard', shard, `Part ${shard.index} of ${shard.count}, counted from 0 (${shard.origin}).`);

  const index = await readIndex(options.inputDir, (text) => log.warn(text));
  const rows = plainPrompts(index, options, log);
  const allJobs = makeJobs(rows, options.initSeed, options.numSeed);
  const jobs = takeShard(allJobs, shard);
  await makeFolder(options.outputDir);
  const store = new ResultStore(options.outputDir);
  const { signal } = services;
  const plan = await planJobs({
    jobs,
    inputDir: options.inputDir,
    editor,
    options,
    store,
    log,
    signal,
  });
  const { todo, done } = plan;
  if (done.length > 0)
    log.event('skipped', { jobs: done }, `${done.length} of ${jobs.length} are already done.`);

  const failedNow =
    todo.length === 0
      ? []
      : await withPipeline(options, log, async (pipeline) => {
          const pictures = new PictureReader(options.pixels, log);
          const { rng, weights, saveStep, longPrompts, negativePrompt: negative } = options;
          const frame = frameOptions(pipeline, options);
          const targetTokens = await tokenChoice(options);
          const settings = {
            pipeline,
            editor,
            pictures,
            frame,
            rng,
            weights,
            saveStep,
            targetTokens,
            negative,
            longPrompts,
          };
          return runJobs(todo, { ...settings, store, log, signal });
        });
  await warnOfOtherParts(allJobs, shard, options.outputDir, store, log);
  summarise(log, todo.length - failedNow.length, done.length, [...plan.failed, ...failedNow]);
}

/** @throws CliError if jobs failed, so that the exit code is 1 */
function summarise(log: Log, edited: number, skipped: number, failed: readonly string[]): void {
  const text = `${edited} edited, ${skipped} done before, ${failed.length} failed.`;
  log.event('summary', { edited, skipped, failed }, text);
  if (failed.length === 0) return;
  throw new CliError(
    `${listed(failed)} failed; fix the errors above and start again; finished results are kept`,
  );
}
