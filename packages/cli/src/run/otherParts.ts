import { listed } from '../ui/listed.ts';
import type { Log } from '../ui/log.ts';
import type { Job } from './jobs.ts';
import type { ResultStore } from './resultStore.ts';
import { BY_HAND, type Shard, takeShard } from './shard.ts';

/**
 * Warns where edits of other parts have no result in the output folder, if the environment chose the part: tasks that
 * each have a folder of their own would each do a part of it only. While other tasks are at work it says no more than
 * that.
 * @param jobs those of all parts
 */
export async function warnOfOtherParts(
  jobs: readonly Job[],
  shard: Shard,
  folder: string,
  store: ResultStore,
  log: Log,
): Promise<void> {
  if (shard.count === 1 || shard.origin === BY_HAND) return;
  const own = new Set(takeShard(jobs, shard));
  const missing: string[] = [];
  for (const job of jobs) if (!own.has(job) && !(await store.hasResult(job))) missing.push(job.name);
  if (missing.length === 0) return;
  log.warn(
    `${missing.length} of ${jobs.length} edits are of other parts and have no result in ${folder} yet: ${listed(missing)}; if each task of ${shard.origin} has an output folder of its own, pass --shard 0/1, so that it does all of them`,
  );
}
