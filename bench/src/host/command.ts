import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAMILIES } from '../isa/families.ts';
import { inProcess } from '../measuringProcess.ts';
import { NullGpu, type NullGpuProcess } from '../nullGpu.ts';
import { formatHostCost } from './format.ts';
import type { HostCost } from './protocol.ts';

const PROCESS = fileURLToPath(new URL('./hostProcess.ts', import.meta.url));
const [FAMILY] = FAMILIES;

/** `host` of the benchmark: see USAGE in options.ts. @throws Error naming what is missing or went wrong */
export async function hostCommand(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  console.log(formatHostCost(await measureHostCost(await hostProcess())));
}

/** A process on the null GPU. @throws Error saying what is missing here */
export async function hostProcess(): Promise<NullGpuProcess> {
  return (await NullGpu.setUp()).process(FAMILY!, 'nocache');
}

/** What a full-size model costs the host, measured in such a process. @throws Error with its reason */
export async function measureHostCost(process: NullGpuProcess): Promise<HostCost> {
  return inProcess<HostCost>('host', PROCESS, process);
}
