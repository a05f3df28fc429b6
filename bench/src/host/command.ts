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
  const nullGpu = await NullGpu.setUp();
  const cost = await inProcess<HostCost>('host', PROCESS, nullGpu.environment(FAMILY!, 'nocache'));
  console.log(formatHostCost(cost));
}

function formatHostCost(cost: HostCost): string {
  const { adapter, launches } = cost;
  const row = (name: string, { wall, processor }: Times) =>
    `| ${name.padEnd(36)} | ${wall.toFixed(2).padStart(7)} | ${processor.toFixed(2).padStart(14)} |`;
  return [
    `Stable Diffusion 1.5, f16, 512 x 512, on ${adapter}, which computes nothing: ${launches} launches a UNet call.`,
    '',
    `| ${'ms of the host'.padEnd(36)} | by wall | processor time |`,
    `| ${'-'.repeat(36)} | ------: | -------------: |`,
    row('UNet call, batch 2, eager', cost.eager),
    row('the same, replayed', cost.replayed),
    row('iteration of LUSD, one draw', cost.iteration),
    row('200 small operations, eager', cost.smallEager),
    row('the same, replayed', cost.smallReplayed),
  ].join('\n');
}
