import { listed } from '../ui/listed.ts';
import type { Log } from '../ui/log.ts';
import type { Job } from './jobs.ts';
import type { ResultStore } from './resultStore.ts';
import { BY_HAND, type Shard, takeShard } from './shard.ts';

/**
 * Warns if edits of other parts have no result in the output folder and the environment chose the part: tasks with
 * separate folders would each do only a part. While other tasks are running the warning is expected.
 * @param jobs the jobs of all parts
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
    `${missing.length} of ${jobs.length} edits belong to other parts and have no result in ${folder} yet: ${listed(missing)}; if each task of ${shard.origin} has its own output folder, pass --shard 0/1 to do all of them`,
  );
}
