/**
 * Says how long the tasks of the page's main thread are while pictures are edited, by the clock and in thread time, and
 * what the longest consist of. `npm run trace -w packages/studio -- --runs 5`
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writePng } from '@lusd/sd-models/node';
import { findChromium } from '@lusd/testing/browser';
import { launchBrowser, type Page } from '@lusd/testing/drivenBrowser';
import { build } from 'vite';
import { serveStudio } from '../test/browser/site.ts';
import { visitMask } from './trace/maskVisit.ts';
import { processorTime } from './trace/processorTime.ts';
import { quickServer } from './trace/quickServer.ts';
import { longestTasks, tableOf } from './trace/report.ts';
import { spareCore } from './trace/spareCore.ts';
import { CATEGORIES, type Task, type TraceEvent, tasksOf } from './trace/tasks.ts';
import { visit } from './trace/visit.ts';

const USAGE = `npm run trace -w packages/studio -- [options], of the page that is built

  --runs N       visits of each kind (default 3)
  --only TEXT    only kinds of visit that have TEXT in their names
  --longest N    longest tasks whose parts are printed (default 5)
  --spare-core   SwiftShader's threads on one core, the page's main thread on the others, as if a GPU did
                 SwiftShader's work (Linux)
  --keep FOLDER  where the traces are written, for a browser's developer tools`;

/** Of a photo, in pixels. */
const [WIDTH, HEIGHT] = [4000, 3000];
const QUICK_WORKER = fileURLToPath(new URL('./trace/quickWorker.ts', import.meta.url));

interface Visit {
  readonly name: string;
  /** The script in the place of the engine's worker; null for the engine's own. */
  readonly worker: string | null;
  go(page: Page, address: string): Promise<void>;
}

/** Waves with noise, of which a PNG file is large. */
async function writePhoto(path: string): Promise<void> {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(i / 3) % WIDTH, Math.floor(i / (3 * WIDTH))];
    const noise = Math.imul(i, 2654435761) >>> 27;
    data[i] = 110 + 90 * Math.sin(x / 97 + (i % 3)) * Math.sin(y / 71) + noise;
  }
  await writePng(path, { width: WIDTH, height: HEIGHT, data });
}

/** The script of a worker that tells of edits and computes none. */
async function quickWorker(): Promise<string> {
  const bundled = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry: QUICK_WORKER, formats: ['es'] }, target: 'es2022' },
  });
  const [first] = Array.isArray(bundled) ? bundled : [bundled];
  if (!first || !('output' in first)) throw new Error(`${QUICK_WORKER} could not be bundled`);
  return first.output[0].code;
}

async function visitsOf(photo: string): Promise<Visit[]> {
  const ofPhoto = `a photo of ${WIDTH} x ${HEIGHT}`;
  const example = { file: null, isRecorded: false, lines: 12 };
  const short = { ...example, numSteps: 12, saveStep: 1, watched: 4, history: 24 };
  const recorded = { file: photo, isRecorded: true, lines: 40 };
  const long = { ...recorded, numSteps: 300, saveStep: 5, watched: 100, history: 100 };
  const worker = await quickWorker();
  return [
    {
      ...{ name: 'an example, edited by the shapes model', worker: null },
      go: (page, address) => visit(page, address, short),
    },
    {
      ...{ name: `${ofPhoto}, previews of 512 x 512`, worker },
      go: (page, address) => visit(page, address, long),
    },
    {
      ...{ name: `${ofPhoto}, edited by a server`, worker: null },
      go: (page, address) => visit(page, `${address}?token=of-the-trace`, long),
    },
    {
      ...{ name: `${ofPhoto}, a mask of many strokes`, worker },
      go: (page, address) => visitMask(page, address, photo),
    },
  ];
}

interface Traced {
  readonly trace: Buffer;
  /** Who had the processors meanwhile. */
  readonly processors: string;
}

async function traceVisit(
  executable: string,
  address: string,
  visited: Visit,
  hasSpareCore: boolean,
): Promise<Traced> {
  const { worker } = visited;
  const browser = await launchBrowser(executable);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('dialog', (dialog) => void dialog.accept());
    if (worker !== null)
      await page.route(/\/assets\/main-[^/]*\.js$/, (route) =>
        route.fulfill({ contentType: 'text/javascript', body: worker }),
      );
    const letGo = hasSpareCore ? await spareCore(browser) : async () => {};
    const processors = await processorTime(browser);
    await browser.startTracing(page, { categories: CATEGORIES });
    await visited.go(page, address);
    const told = await processors();
    await letGo();
    return { trace: await browser.stopTracing(), processors: told };
  } finally {
    await browser.close();
  }
}

function readTrace(trace: Buffer): Task[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { readonly traceEvents: TraceEvent[] };
  return tasksOf(traceEvents);
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    longest: { type: 'string', default: '5' },
    'spare-core': { type: 'boolean', default: false },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit();
}
const executable = await findChromium();
if (!executable) throw new Error('the packaged Chromium cannot start here; install libnss3');
const temporary = mkdtempSync(join(tmpdir(), 'lusd-trace-'));
const kept = values.keep;
if (kept !== undefined) mkdirSync(kept, { recursive: true });
try {
  const photo = join(temporary, 'photo.png');
  await writePhoto(photo);
  await using site = await serveStudio(quickServer());
  for (const visited of (await visitsOf(photo)).filter(({ name }) => name.includes(values.only))) {
    const visits: Task[][] = [];
    const notes: string[] = [];
    for (let run = 1; run <= Number(values.runs); run++) {
      const { trace, processors } = await traceVisit(executable, site.address, visited, values['spare-core']);
      if (kept !== undefined) await writeFile(join(kept, `${visited.name}, ${run}.json`), trace);
      visits.push(readTrace(trace));
      notes.push(`visit ${run}: ${processors}`);
    }
    console.log(
      `\n${visited.name}: the longest task of each moment, in milliseconds\n\n${tableOf(visits)}\n`,
    );
    console.log(`${longestTasks(visits.flat(), Number(values.longest))}\n\n${notes.join('\n')}`);
  }
} finally {
  rmSync(temporary, { recursive: true });
}
