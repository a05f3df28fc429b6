import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAMILIES } from '../isa/families.ts';
import { inProcess } from '../measuringProcess.ts';
import { NullGpu } from '../nullGpu.ts';
import type { HostCost, Times } from './protocol.ts';

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

function formatHostCost(cost: HostCost): string {
  const { adapter, launches, edits } = cost;
  const total = launches.reduce((sum, { count }) => sum + count, 0);
  const line = (left: string, right: string) => `| ${left.padEnd(36)} | ${right.padStart(8)} |`;
  const row = (name: string, { wall, processor }: Times) =>
    `| ${name.padEnd(36)} | ${wall.toFixed(2).padStart(7)} | ${processor.toFixed(2).padStart(14)} |`;
  return [
    `Stable Diffusion 1.5, f16, 512 x 512, on ${adapter}, which computes nothing: ${total} launches a UNet call.`,
    '',
    `| ${'ms of the host'.padEnd(36)} | by wall | processor time |`,
    `| ${'-'.repeat(36)} | ------: | -------------: |`,
    row('UNet call, batch 2, eager', cost.eager),
    row('the same, replayed', cost.replayed),
    row('iteration of LUSD, one draw', cost.iteration),
    row('200 small operations, eager', cost.smallEager),
    row('the same, replayed', cost.smallReplayed),
    '',
    line('kernels of a UNet call', 'launches'),
    line('-'.repeat(36), `${'-'.repeat(7)}:`),
    ...launches.map(({ name, count }) => line(name, `${count}`)),
    '',
    line('edit without previews', 'peak GB'),
    line('-'.repeat(36), `${'-'.repeat(7)}:`),
    ...edits.map(({ side, peakBytes }) => line(`${side} x ${side}`, (peakBytes / 1e9).toFixed(2))),
  ].join('\n');
}
