import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FullSizeMessage, FullSizeRequest, FullSizeResult } from './protocol.ts';

const MEASURE = fileURLToPath(new URL('./measure.ts', import.meta.url));

/**
 * Loads a Stable Diffusion 1.5 of f16 weights in a process of its own, runs its parts and an edit at 512 x 512, and
 * returns what that took.
 *
 * @param onProgress told what comes next
 * @throws Error with the process's reason, or saying how it ended
 */
export function measureFullSize(
  request: FullSizeRequest,
  onProgress: (line: string) => void,
): Promise<FullSizeResult> {
  const child = fork(MEASURE, [], { execArgv: ['--import', 'tsx'] });
  return new Promise((resolve, reject) => {
    child.on('message', (message: FullSizeMessage) => {
      if ('progress' in message) onProgress(message.progress);
      else if ('error' in message) reject(new Error(message.error));
      else resolve(message.result);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      reject(new Error(`the measuring process ended early: ${signal ?? `exit code ${code}`}`)),
    );
    child.send(request);
  });
}
