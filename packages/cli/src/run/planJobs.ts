import type { EditOptions } from 'lusd';
import type { PictureOptions } from '../options/pictureCommand.ts';
import type { Log } from '../ui/log.ts';
import { type Job, prepareJob, type ReadyJob } from './jobs.ts';
import type { ResultStore } from './resultStore.ts';

/** What is to be done of the jobs asked for. */
export interface Plan {
  readonly todo: readonly ReadyJob[];
  /** How many have their result already. */
  readonly skipped: number;
  /** Names of those whose picture cannot be read. */
  readonly failed: readonly string[];
}

/** Sorts the jobs into those to do, those done and those that cannot be done, and reports the last. */
export async function planJobs(
  jobs: readonly Job[],
  inputDir: string,
  algorithm: EditOptions,
  options: PictureOptions,
  store: ResultStore,
  log: Log,
): Promise<Plan> {
  const todo: ReadyJob[] = [];
  const failed: string[] = [];
  let skipped = 0;
  for (const job of jobs) {
    try {
      const ready = await prepareJob(job, inputDir, algorithm, options);
      if (await store.isDone(ready)) skipped++;
      else todo.push(ready);
    } catch (error) {
      log.error(error, { job: job.name }, job.name);
      failed.push(job.name);
    }
  }
  return { todo, skipped, failed };
}
