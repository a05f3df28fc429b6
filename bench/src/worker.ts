import { openDevice } from '@lusd/tensor';
// Peers do not have our device's waiting, without which Dawn's spinning takes a core from a software driver's kernels.
import { politeWait } from '../../packages/tensor/src/node/politeWait.ts';
import type { Case } from './cases.ts';
import { sampleOf } from './check.ts';
import type { Library, LibraryModule, OpenOptions, Prepared } from './library.ts';
import type { Answers, Measurement, Reply, Request } from './protocol.ts';

let library: Library | null = null;
let prepared: Prepared | null = null;
let software = false;

/** Finds the adapter, which also points every Vulkan loader of this process at its driver, then opens the library. */
async function open(module: string, options: OpenOptions): Promise<Answers['open']> {
  const probe = await openDevice({ adapter: options.adapter, log: null });
  const adapter = probe.facts.name;
  software = probe.facts.software;
  probe.destroy();
  const { open } = (await import(module)) as LibraryModule;
  library = await open(options);
  return { adapter, software };
}

async function prepare(benchCase: Case): Promise<Answers['prepare']> {
  library!.takePeakBytes?.();
  prepared = await library!.prepare(benchCase);
  const { wallMs: firstMs } = await measure(1);
  const { wallMs: secondMs } = await measure(1);
  return { sample: sampleOf(await waitFor(prepared.output())), firstMs, secondMs };
}

async function measure(iterations: number): Promise<Measurement> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < iterations; i++) {
    const enqueued = prepared!.run();
    if (enqueued) await waitFor(enqueued);
  }
  await waitFor(library!.sync());
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: wallMs / iterations, cpuMs: (user + system) / 1000 / iterations };
}

async function release(): Promise<Answers['release']> {
  await prepared?.dispose();
  prepared = null;
  return { peakBytes: library!.takePeakBytes?.() ?? null };
}

function waitFor<T>(promise: Promise<T>): Promise<T> {
  return software ? politeWait(promise) : promise;
}

function answer(request: Request): Promise<Answers[keyof Answers]> {
  switch (request.ask) {
    case 'open':
      return open(request.module, request.options);
    case 'prepare':
      return prepare(request.benchCase);
    case 'measure':
      return measure(request.iterations);
    case 'release':
      return release();
  }
}

process.on('message', async (request: Request) => {
  let reply: Reply;
  try {
    reply = { answer: await answer(request) };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send!(reply);
});
// A library's stray failure must not end the process unseen: the parent reads it from standard error.
process.on('disconnect', () => process.exit());
