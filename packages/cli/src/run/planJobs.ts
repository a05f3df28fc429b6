import type { MethodEditor } from '@lusd/lusd';
import type { PictureOptions } from '../options/pictureCommand.ts';
import { listed } from '../ui/listed.ts';
import type { Log } from '../ui/log.ts';
import { ImageFolder } from './imageFolder.ts';
import { type Job, prepareJob, type ReadyJob } from './jobs.ts';
import type { ResultStore } from './resultStore.ts';
import { keeperOf } from './runJobs.ts';

/** The requested jobs by what remains to be done. */
export interface Plan {
  readonly todo: readonly ReadyJob[];
  /** Names of the jobs that already have their result. */
  readonly done: readonly string[];
  /** Names of the jobs whose picture cannot be read. */
  readonly failed: readonly string[];
}

export interface PlanRequest {
  readonly jobs: readonly Job[];
  readonly inputDir: string;
  readonly editor: MethodEditor;
  readonly options: PictureOptions;
  readonly store: ResultStore;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Sorts the jobs into jobs to do, finished jobs and jobs that cannot be done, and reports the last.
 * @throws the signal's reason
 */
export async function planJobs({
  jobs,
  inputDir,
  editor,
  options,
  store,
  log,
  signal,
}: PlanRequest): Promise<Plan> {
  const images = new ImageFolder(inputDir);
  const todo: ReadyJob[] = [];
  const failed: string[] = [];
  const done: string[] = [];
  for (const job of jobs) {
    signal.throwIfAborted();
    try {
      const ready = await prepareJob(job, images, editor, options);
      if (await store.isDone(ready)) done.push(job.name);
      else todo.push(ready);
    } catch (error) {
      log.error(error, { job: job.name }, job.name);
      const settings = { editor, store, rng: options.rng, weights: options.weights };
      // What is kept of an earlier result stays with it.
      if (!(await store.hasResult(job))) await keeperOf(job, settings, null).fail(error);
      failed.push(job.name);
    }
  }
  noteOtherCase(images, log);
  return { todo, done, failed };
}

function noteOtherCase({ otherCase }: ImageFolder, log: Log): void {
  if (otherCase.size === 0) return;
  const pairs = [...otherCase].map(([name, path]) => `${path} for ${name}`);
  log.note(`Images whose names differ in case were used: ${listed(pairs)}.`);
}
