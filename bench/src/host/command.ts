import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAMILIES } from '../isa/families.ts';
import { inProcess } from '../measuringProcess.ts';
import { NullGpu } from '../nullGpu.ts';
import { formatHostCost } from './format.ts';
import type { HostCost } from './protocol.ts';

const PROCESS = fileURLToPath(new URL('./hostProcess.ts', import.meta.url));
const [FAMILY] = FAMILIES;

/** `host` of the benchmark: see USAGE in options.ts. @throws Error naming what is missing or went wrong */
export async function hostCommand(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  console.log(formatHostCost(await measureHostCost(await hostEnvironment())));
}

/** The environment of a process on the null GPU. @throws Error saying what is missing here */
export async function hostEnvironment(): Promise<NodeJS.ProcessEnv> {
  return (await NullGpu.setUp()).environment(FAMILY!, 'nocache');
}

/** What a full-size model costs the host, measured in a process with this environment. @throws Error with its reason */
export async function measureHostCost(env: NodeJS.ProcessEnv): Promise<HostCost> {
  return inProcess<HostCost>('host', PROCESS, env);
}
