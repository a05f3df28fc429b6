import { availableParallelism } from 'node:os';
import type { Browser } from '@lusd/testing/drivenBrowser';
import { coresOf, keepOn, threadsOf } from './cores.ts';
import { processLister } from './processes.ts';

/** Between looks for threads that were started meanwhile, in milliseconds. */
const LOOK = 100;
/** Of SwiftShader. */
const FIRST = '0';

/**
 * Keeps the GPU process, with all of SwiftShader's threads, on the first core and the main threads of pages on the
 * others, as if a GPU did the GPU's work. What else Chromium runs may use every core.
 * @returns what ends that; it throws if a thread of the GPU process was on another core after all
 * @throws Error where it cannot be done
 */
export async function spareCore(browser: Browser): Promise<() => Promise<void>> {
  const count = availableParallelism();
  if (process.platform !== 'linux' || count < 2)
    throw new Error('--spare-core needs Linux and two cores or more; run the trace without it');
  const [others, all] = [count === 2 ? '1' : `1-${count - 1}`, `0-${count - 1}`];
  const processes = await processLister(browser);
  const keep = async () => {
    for (const { id, type } of await processes()) {
      if (type === 'GPU') for (const thread of threadsOf(id)) keepOn(thread, FIRST);
      // What a page's main thread starts would stay on its cores.
      if (type === 'renderer')
        for (const thread of threadsOf(id)) keepOn(thread, thread === id ? others : all);
    }
  };
  await keep();
  const over = new AbortController();
  const keeping = keepAgain(keep, over.signal);
  // What went wrong is thrown at the end.
  keeping.catch(() => {});
  return async () => {
    over.abort();
    await keeping;
    for (const { id, type } of await processes()) if (type === 'GPU') checkThreads(id);
  };
}

async function keepAgain(keep: () => Promise<void>, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    await keep();
  }
}

function checkThreads(process: number): void {
  const astray = threadsOf(process).filter((thread) => (coresOf(thread) ?? FIRST) !== FIRST);
  if (astray.length > 0)
    throw new Error(`${astray.length} threads of the GPU process are not kept on core ${FIRST}`);
}
