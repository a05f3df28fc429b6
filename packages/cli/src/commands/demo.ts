import { join, resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { EditOptions } from '@lusd/lusd';
import { draw, SHAPES_OPTIONS, SIZE } from '@lusd/lusd/shapes';
import { writePng } from '@lusd/sd-models';
import { DEMO_EDITS, type DemoEdit } from '../demo/edits.ts';
import { demoPage, type PageRow } from '../demo/page.ts';
import { type Editor, pipelineEditor } from '../edit/editor.ts';
import { watchEdit } from '../edit/watchEdit.ts';
import { makeFolder, writeWholeFile } from '../files.ts';
import { parseAlgorithm } from '../options/algorithmCommand.ts';
import { baseCommand, type CommonOptions } from '../options/baseCommand.ts';
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

/** `lusd demo`: edits of drawn pictures with the small model that comes along. */
export function demoCommand(services: Services) {
  return baseCommand('demo', 'edit drawn pictures with the small model that comes along')
    .option('--output <folder>', 'where pictures and the page go', 'lusd-demo')
    .option('--num-steps <n>', 'accepted iterations of each edit', parseCount, SHAPES_OPTIONS.numSteps)
    .option('--lr <rate>', 'learning rate', parseNumber, SHAPES_OPTIONS.lr)
    .option('--seed <n>', 'seed of the random draws', parseCount, 0)
    .addOption(
      new Option('--adapter <name>', "auto, gpu, lavapipe, swiftshader, or a part of the adapter's name")
        .default('auto')
        .env('LUSD_ADAPTER'),
    )
    .action((options) => demo(services, options));
}

async function demo(services: Services, options: DemoFlags): Promise<void> {
  const log = openLog(services, options);
  const { output, numSteps, lr, seed, adapter } = options;
  const algorithm = parseAlgorithm({ ...SHAPES_OPTIONS, numSteps, lr });
  const weights = shapesModel();
  await makeFolder(output);
  const rows = await withPipeline({ weights, adapter, dtype: 'f32' }, log, async (pipeline) => {
    const editor = pipelineEditor(pipeline);
    const made: PageRow[] = [];
    const settings = { editor, log, algorithm, output, seed, signal: services.signal };
    for (const edit of DEMO_EDITS) made.push(await runDemoEdit(edit, settings));
    return made;
  });
  const page = join(output, 'index.html');
  await writeWholeFile(page, demoPage(rows, `${numSteps} iterations with a learning rate of ${lr} each.`));
  log.event('done', { page }, `Open ${resolve(page)} to look at the results.`);
}

/** What all edits of a demo share. */
interface DemoSettings extends Pick<DemoFlags, 'output' | 'seed'> {
  readonly editor: Editor;
  readonly log: Log;
  readonly algorithm: EditOptions;
  readonly signal: AbortSignal;
}

async function runDemoEdit(
  { name, picture, source, target }: DemoEdit,
  { editor, log, algorithm, output, seed, signal }: DemoSettings,
): Promise<PageRow> {
  const started = performance.now();
  const image = draw(picture);
  const [before, after] = [`${name}-before.png`, `${name}-after.png`];
  log.event('start', { job: name, source, target }, `${name}: "${source}" -> "${target}"`);
  const running = await editor({ ...algorithm, image, source, target, seed, size: SIZE, signal });
  const result = await watchEdit(running, { log, numSteps: algorithm.numSteps, job: name });
  await writePng(join(output, before), image);
  await writePng(join(output, after), result.image);
  const seconds = (performance.now() - started) / 1000;
  log.event('edited', { job: name, seconds, path: join(output, after) });
  const words = result.targetTokens.words.map(({ text }) => text);
  return { name, source, target, before, after, words, seconds };
}
