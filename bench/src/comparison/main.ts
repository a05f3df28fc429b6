/** Compares editing methods on drawn pictures, from the edits to a table and a page: `npm run compare:edits`. */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { METHOD_NAMES, METHODS, type MethodName } from '@lusd/lusd';
import { writeWhole } from '../results.ts';
import { COMPARED, flagsFor } from './methods.ts';
import { writePictures } from './pictures.ts';
import { scoreResults } from './score.ts';

const LUSD = fileURLToPath(new URL('../../../packages/cli/bin/lusd.js', import.meta.url));
const WEIGHTS = fileURLToPath(new URL('../../../weights/shapes/', import.meta.url));

const USAGE = `npm run compare:edits -- [options]

  --method NAME    a method (may be repeated; default all but instruct-pix2pix, which needs a model of its own)
  --edits N        how many of the 64 test edits (default 8)
  --num-steps N    iterations or steps of every method, for a quick look (default: each method's own)
  --adapter NAME   as of lusd run (default auto)
  --output FOLDER  where results, scores, table.md and report.html go (default comparison)

Results that the folder holds for the same settings are not made again.`;

interface Options {
  readonly methods: readonly MethodName[];
  readonly edits: number;
  /** Flags of every `lusd run`. */
  readonly flags: readonly string[];
  readonly output: string;
}

async function main(): Promise<void> {
  const options = parseOptions();
  if (!options) return console.log(USAGE);
  const { methods, output } = options;
  const pictures = join(output, 'pictures');
  const edits = await writePictures(pictures, options.edits);
  const folders: string[] = [];
  for (const method of methods) {
    const folder = join(output, method);
    const where = ['--input-dir', pictures, '--output-dir', folder, '--weights', WEIGHTS];
    lusd('run', ...where, '--method', method, ...flagsFor(method), ...options.flags);
    await scoreResults(METHODS[method].title, folder, edits);
    folders.push(folder);
  }
  const compare = [LUSD, 'compare', '--format', 'markdown', ...folders];
  const table = execFileSync('node', compare, { encoding: 'utf8' });
  writeWhole(join(output, 'table.md'), table);
  console.log(table);
  const page = join(output, 'report.html');
  lusd('report', '--title', 'Editing methods on drawn pictures', '--output', page, ...folders);
}

/** Null if help is wanted. @throws Error naming what is wrong with the command line */
function parseOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      method: { type: 'string', multiple: true, default: [] },
      edits: { type: 'string', default: '8' },
      'num-steps': { type: 'string' },
      adapter: { type: 'string', default: 'auto' },
      output: { type: 'string', default: 'comparison' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { method, adapter, 'num-steps': numSteps } = values;
  const quick = numSteps === undefined ? [] : ['--num-steps', numSteps];
  return {
    methods: method.length > 0 ? method.map(parseMethod) : COMPARED,
    edits: parseCount(values.edits),
    flags: ['--rng', 'cpu', '--adapter', adapter, ...quick],
    output: resolve(process.env.INIT_CWD ?? '.', values.output),
  };
}

function lusd(...args: string[]): void {
  execFileSync('node', [LUSD, ...args], { stdio: 'inherit' });
}

function parseMethod(text: string): MethodName {
  const method = METHOD_NAMES.find((name) => name === text);
  if (!method) throw new Error(`--method: wants one of ${METHOD_NAMES.join(', ')}, got '${text}'`);
  return method;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`--edits: wants a whole number from 1, got '${text}'`);
  return count;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
