import { cpus } from 'node:os';
import type { Browser } from '@lusd/testing/drivenBrowser';
import { processLister } from './processes.ts';

/** Processor time by who took it, in seconds. */
interface ProcessorTime {
  /** Of all cores together, idle or not. */
  readonly passed: number;
  readonly browser: number;
  /** This program, which drives the browser. */
  readonly own: number;
  readonly others: number;
}

/** Measures from now on. @returns what tells, in a sentence, who had the processors until then */
export async function processorTime(browser: Browser): Promise<() => Promise<string>> {
  const processes = await processLister(browser);
  const read = async (): Promise<ProcessorTime> => {
    const ofBrowser = (await processes()).reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    const { user, system } = process.cpuUsage();
    const own = (user + system) / 1e6;
    const { passed, busy } = machineTime();
    return { passed, browser: ofBrowser, own, others: busy - ofBrowser - own };
  };
  const before = await read();
  return async () => {
    const after = await read();
    const share = (of: keyof ProcessorTime) =>
      `${Math.round((100 * (after[of] - before[of])) / (after.passed - before.passed))} %`;
    return `of the time of ${cpus().length} cores Chromium had ${share('browser')}, this program ${share('own')}, others ${share('others')}`;
  };
}

function machineTime(): { readonly passed: number; readonly busy: number } {
  let [passed, idle] = [0, 0];
  for (const { times } of cpus()) {
    passed += Object.values(times).reduce((sum, time) => sum + time, 0) / 1000;
    idle += times.idle / 1000;
  }
  return { passed, busy: passed - idle };
}
