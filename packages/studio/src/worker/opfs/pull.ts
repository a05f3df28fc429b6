import type { KeptWeights, PullProgress, PullRequest } from '../../engine/engine.ts';
import { EngineError } from '../../session/index.ts';
import { downloadFile } from './download.ts';
import { describeKept, readPlan, weightsFolder, writePlan } from './keptWeights.ts';
import { filesIn, PART } from './privateFiles.ts';
import { planPull } from './pullPlan.ts';

/**
 * Downloads what is missing of some weights into this origin's private file system. Each file gets its name once its
 * checksum is right; what arrived before an interruption is kept, and the next call goes on from there.
 *
 * @throws EngineError naming what failed and what to do; the signal's reason
 */
export async function pullWeights(
  request: PullRequest,
  onProgress: (progress: PullProgress) => void,
  signal: AbortSignal,
): Promise<KeptWeights> {
  const folder = await weightsFolder(request.name);
  const files = await filesIn(folder);
  // One that was begun is finished as it was begun, whatever the hub has by now.
  const plan = (await readPlan(files)) ?? (await planPull(request, signal));
  await writePlan(folder, plan);
  const total = plan.files.reduce((sum, { size }) => sum + size, 0);
  const missing = plan.files.filter(({ path }) => !files.has(path));
  await checkSpace(
    missing.reduce((sum, { path, size }) => sum + size - (files.get(path + PART)?.size ?? 0), 0),
  );
  let before = total - missing.reduce((sum, { size }) => sum + size, 0);
  for (const file of missing) {
    const address = `${request.hub}/${plan.repository}/resolve/${plan.revision}/${file.path}`;
    await downloadFile(folder, file, address, {
      signal,
      onProgress: (bytes) => onProgress({ path: file.path, done: before + bytes, total }),
    });
    before += file.size;
  }
  return describeKept(request.name, await filesIn(folder));
}

/** @throws EngineError if the browser will not give the bytes */
async function checkSpace(needed: number): Promise<void> {
  const { quota = Number.POSITIVE_INFINITY, usage = 0 } = await navigator.storage.estimate();
  if (needed <= quota - usage) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new EngineError({
    kind: 'disk-full',
    message: `the weights need ${gigabytes(needed)}, but the browser gives this page ${gigabytes(Math.max(0, quota - usage))}; free some space on the disk, or open the files from a folder instead`,
  });
}
