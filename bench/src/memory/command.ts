import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAMILIES } from '../isa/families.ts';
import { inProcess } from '../measuringProcess.ts';
import { NullGpu } from '../nullGpu.ts';
import type { MemoryResult } from './protocol.ts';

const PROCESS = fileURLToPath(new URL('./memoryProcess.ts', import.meta.url));
const [FAMILY] = FAMILIES;

/** `memory` of the benchmark: see USAGE in options.ts. @throws Error naming what is missing or went wrong */
export async function memoryCommand(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  const nullGpu = await NullGpu.setUp();
  const process = nullGpu.process(FAMILY!, 'nocache');
  console.log(formatMemory(await inProcess<MemoryResult>('memory', PROCESS, process)));
}

function formatMemory({ adapter, weights, methods }: MemoryResult): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `Stable Diffusion 1.5, f16, 512 x 512, on ${adapter}, which computes nothing; the weights take ${giga(weights)}.`,
    '',
    row(['device memory', 'iterations', 'edit']),
    row(['---', '---:', '---:']),
    ...methods.map(({ method, iterations, edit }) => row([method, giga(iterations), giga(edit)])),
  ].join('\n');
}

function giga(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
