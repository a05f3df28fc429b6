import { join, resolve } from 'node:path';
import { edit, type LusdEditor, lusd } from '@lusd/lusd';
import { DEMO_EDITS, type DemoEdit, draw, SHAPES_OPTIONS, SIZE } from '@lusd/lusd/shapes';
import type { StableDiffusion } from '@lusd/sd-models';
import { writePng, writeWholeFile } from '@lusd/sd-models/node';
import { demoPage, type PageRow } from '../demo/page.ts';
import { watchEdit } from '../edit/watchEdit.ts';
import { makeFolder } from '../files.ts';
import { parseAlgorithm } from '../options/algorithmCommand.ts';
import { baseCommand, type CommonOptions } from '../options/baseCommand.ts';
import { adapterOption } from '../options/modelCommand.ts';
import { parseCount, parseNumber } from '../options/parsers.ts';
import { withPipeline } from '../pipeline.ts';
import { openLog, type Services } from '../services.ts';
import type { Log } from '../ui/log.ts';
import { shapesModel } from '../weights/bundled.ts';

interface DemoFlags extends CommonOptions {
  readonly output: string;
  readonly numSteps: number;
  readonly lr: number;
  readonly seed: number;
  readonly adapter: string;
}

/** `lusd demo`: edits of drawn pictures with the small bundled model. */
export function demoCommand(services: Services) {
  return baseCommand('demo', 'edit drawn pictures with the small bundled model')
    .option('--output <folder>', 'output folder for the pictures and the page', 'lusd-demo')
    .option('--num-steps <n>', 'accepted iterations of each edit', parseCount, SHAPES_OPTIONS.numSteps)
    .option('--lr <rate>', 'learning rate', parseNumber, SHAPES_OPTIONS.lr)
    .option('--seed <n>', 'seed of the random draws', parseCount, 0)
    .addOption(adapterOption())
    .action((options) => demo(services, options));
}

async function demo(services: Services, options: DemoFlags): Promise<void> {
  const log = openLog(services, options);
  const { output, numSteps, lr, seed, adapter } = options;
  const editor = parseAlgorithm({ ...lusd(SHAPES_OPTIONS).options, numSteps, lr });
  const weights = shapesModel();
  await makeFolder(output);
  const rows = await withPipeline({ weights, adapter, dtype: 'auto' }, log, async (pipeline) => {
    const settings = { pipeline, editor, log, output, seed, signal: services.signal };
    const made: PageRow[] = [];
    log.event('plan', { edits: DEMO_EDITS.length, numSteps }, PLAN);
    for (const demoEdit of DEMO_EDITS) {
      const row = await runDemoEdit(demoEdit, settings);
      made.push(row);
      const path = join(output, row.after);
      log.event('edited', { job: row.name, seconds: row.seconds, path }, timesOf(row, made));
    }
    return made;
  });
  const page = join(output, 'index.html');
  await writeWholeFile(page, demoPage(rows, `${numSteps} iterations with a learning rate of ${lr} each.`));
  log.event('done', { page }, `Open ${resolve(page)} to look at the results.`);
}

/** Measured with SwiftShader on two cores. */
const PLAN = `Editing ${DEMO_EDITS.length} drawn pictures: seconds on a GPU, one or two minutes on a software adapter.`;

/** How long an edit took, and how long those that are left will take if they are like the ones made so far. */
function timesOf({ name, seconds }: PageRow, made: readonly PageRow[]): string {
  const left = DEMO_EDITS.length - made.length;
  const mean = made.reduce((sum, row) => sum + row.seconds, 0) / made.length;
  const rest = left > 0 ? `; about ${Math.ceil(left * mean)} s for the ${left} left` : '';
  return `${name}: ${seconds.toFixed(1)} s${rest}.`;
}

/** What all edits of a demo share. */
interface DemoSettings extends Pick<DemoFlags, 'output' | 'seed'> {
  readonly pipeline: StableDiffusion;
  readonly editor: LusdEditor;
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function runDemoEdit(
  { name, picture, source, target }: DemoEdit,
  { pipeline, editor, log, output, seed, signal }: DemoSettings,
): Promise<PageRow> {
  const started = performance.now();
  const image = draw(picture);
  const [before, after] = [`${name}-before.png`, `${name}-after.png`];
  log.event('start', { job: name, source, target }, `${name}: "${source}" -> "${target}"`);
  const settings = { frame: { size: SIZE }, draws: { seed }, signal };
  const run = edit(pipeline, { image, source, target }, editor, settings);
  const result = await watchEdit(run, { log, numSteps: editor.numSteps, job: name });
  await writePng(join(output, before), image);
  await writePng(join(output, after), result);
  const seconds = (performance.now() - started) / 1000;
  const words = (await run.targetTokens()).words.map(({ text }) => text);
  return { name, source, target, before, after, words, seconds };
}
