import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAMILIES } from '../isa/families.ts';
import { markdownTable } from '../markdown.ts';
import { NullGpu } from '../nullGpu.ts';
import type { HostCost, HostMessage } from './protocol.ts';

const PROCESS = fileURLToPath(new URL('./hostProcess.ts', import.meta.url));
const [FAMILY] = FAMILIES;

/** `host` of the benchmark: see USAGE in options.ts. @throws Error naming what is missing or went wrong */
export async function hostCommand(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  const nullGpu = await NullGpu.setUp();
  const cost = await measureHostCost(nullGpu.environment(FAMILY!, 'nocache'));
  console.log(formatHostCost(cost));
}

/** What a full-size model costs the host, measured in a process with this environment. @throws Error with its reason */
async function measureHostCost(env: NodeJS.ProcessEnv): Promise<HostCost> {
  const child = fork(PROCESS, [], {
    execArgv: ['--import', 'tsx'],
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const message = await new Promise<HostMessage>((resolve, reject) => {
    child.on('message', resolve);
    child.on('error', reject);
    child.on('exit', (code) =>
      resolve({ error: `the measuring process ended early, with exit code ${code}` }),
    );
  });
  if ('error' in message) throw new Error(`host: ${message.error}`);
  return message.result;
}

function formatHostCost({ adapter, launches, rows }: HostCost): string {
  const cells = rows.map(({ name, times: { wall, processor } }) => [
    name,
    wall.toFixed(2),
    processor.toFixed(2),
  ]);
  return [
    `Stable Diffusion 1.5, f16, 512 x 512, on ${adapter}, which computes nothing: ${launches} launches a UNet call.`,
    markdownTable([['ms of the host, medians', 'by the wall clock', 'processor time'], ...cells]),
  ].join('\n\n');
}
