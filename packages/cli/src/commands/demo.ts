import { join, resolve } from 'node:path';
import { edit, type MethodEditor } from '@lusd/lusd';
import { DEMO_EDITS, type DemoEdit, draw, SHAPES_OPTIONS, SIZE } from '@lusd/lusd/shapes';
import type { StableDiffusion } from '@lusd/sd-models';
import { encodePng, writeWholeFile } from '@lusd/sd-models/node';
import { EditKeeper } from '../edit/editKeeper.ts';
import { watchEdit } from '../edit/watchEdit.ts';
import { makeFolder } from '../files.ts';
import { parseAlgorithm } from '../options/algorithmCommand.ts';
import { baseCommand, type CommonOptions } from '../options/baseCommand.ts';
import { adapterOption } from '../options/modelCommand.ts';
import { parseCount, parseNumber } from '../options/parsers.ts';
import { withPipeline } from '../pipeline.ts';
import { collect } from '../report/collect.ts';
import { readResultFolder } from '../report/resultFolder.ts';
import { writeReport } from '../report/writeReport.ts';
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
  const flags = { method: 'lusd', ...SHAPES_OPTIONS, numSteps, lr } as const;
  const editor = parseAlgorithm(flags);
  const weights = shapesModel();
  await makeFolder(output);
  await withPipeline({ weights, adapter, dtype: 'auto' }, log, async (pipeline) => {
    const settings = { pipeline, editor, log, output, seed, signal: services.signal };
    const made: MadeEdit[] = [];
    log.event('plan', { edits: DEMO_EDITS.length, numSteps }, PLAN);
    for (const demoEdit of DEMO_EDITS) {
      const edited = await runDemoEdit(demoEdit, settings);
      made.push(edited);
      const { name, seconds, path } = edited;
      log.event('edited', { job: name, seconds, path }, timesOf(edited, made));
    }
  });
  const page = join(output, 'index.html');
  await writeDemoPage(page, output, log, services.signal);
  log.event('done', { page }, `Open ${resolve(page)} to look at the results.`);
}

/** A report of the demo's edits, and of nothing else that is in the folder. */
async function writeDemoPage(page: string, output: string, log: Log, signal: AbortSignal): Promise<void> {
  const folder = await readResultFolder(output);
  const names = new Set(DEMO_EDITS.map(({ name }) => name));
  const results = folder.results.filter(({ name }) => names.has(name));
  const method = { label: 'demo', folder: { ...folder, results } };
  await writeReport(page, collect([method], 'LUSD on drawn pictures', []), log, signal);
}

/** Iterations between the previews of the page's film strip; each costs a decoding. */
const PREVIEW_EVERY = 10;

/** Measured with SwiftShader on two cores. */
const PLAN = `Editing ${DEMO_EDITS.length} drawn pictures: seconds on a GPU, one or two minutes on a software adapter.`;

/** How long an edit took, and how long those that are left will take if they are like the ones made so far. */
function timesOf({ name, seconds }: MadeEdit, made: readonly MadeEdit[]): string {
  const left = DEMO_EDITS.length - made.length;
  const mean = made.reduce((sum, row) => sum + row.seconds, 0) / made.length;
  const rest = left > 0 ? `; about ${Math.ceil(left * mean)} s for the ${left} left` : '';
  return `${name}: ${seconds.toFixed(1)} s${rest}.`;
}

/** An edit of the demo that is done. */
interface MadeEdit {
  readonly name: string;
  readonly path: string;
  readonly seconds: number;
}

/** What all edits of a demo share. */
interface DemoSettings extends Pick<DemoFlags, 'output' | 'seed'> {
  readonly pipeline: StableDiffusion;
  readonly editor: MethodEditor;
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function runDemoEdit(
  { name, picture, source, target }: DemoEdit,
  { pipeline, editor, log, output, seed, signal }: DemoSettings,
): Promise<MadeEdit> {
  const started = performance.now();
  const image = draw(picture);
  const path = join(output, `${name}.png`);
  log.event('start', { job: name, source, target }, `${name}: "${source}" -> "${target}"`);
  const settings = { frame: { size: SIZE }, draws: { seed }, previews: { every: PREVIEW_EVERY }, signal };
  const run = edit(pipeline, { image, source, target }, editor, settings);
  const asked = { editor, model: pipeline, image: null, prompts: { source, target }, seed, rng: 'cuda' };
  const keeper = new EditKeeper(path, { ...asked, weights: 'shapes' });
  const png = encodePng(await watchEdit(run, { log, editor, job: name, keeper }));
  await keeper.finish(png);
  await writeWholeFile(path, png);
  return { name, path, seconds: (performance.now() - started) / 1000 };
}
