import { fork } from 'node:child_process';
import type { NullGpuProcess } from './nullGpu.ts';

/** Message of a measuring process. */
export type Measured<T> = { readonly result: T } | { readonly error: string };

/**
 * What the script at `path` measures, in a process of its own on the null GPU.
 * @param name of the measurement, for the error
 * @throws Error with its reason
 */
export async function inProcess<T>(name: string, path: string, process: NullGpuProcess): Promise<T> {
  const child = fork(path, [], { ...process, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const message = await new Promise<Measured<T>>((resolve, reject) => {
    child.on('message', resolve);
    child.on('error', reject);
    child.on('exit', (code) =>
      resolve({ error: `the measuring process ended early, with exit code ${code}` }),
    );
  });
  if ('error' in message) throw new Error(`${name}: ${message.error}`);
  return message.result;
}
