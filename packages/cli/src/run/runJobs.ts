import { edit, type FrameOptions, type MethodEditor, type Rng, type TokenChoice } from '@lusd/lusd';
import type { StableDiffusion } from '@lusd/sd-models';
import { encodePng } from '@lusd/sd-models/node';
import { DeviceLostError } from '@lusd/tensor';
import { EditKeeper } from '../edit/editKeeper.ts';
import { watchEdit } from '../edit/watchEdit.ts';
import type { PictureReader } from '../pictureReader.ts';
import { systemCode } from '../ui/errors.ts';
import type { Log } from '../ui/log.ts';
import type { Job, ReadyJob } from './jobs.ts';
import type { ResultStore } from './resultStore.ts';

/** What all jobs of a run share. */
export interface RunSettings {
  readonly pipeline: StableDiffusion;
  readonly editor: MethodEditor;
  readonly frame: FrameOptions;
  readonly rng: Rng;
  /** As they were named. */
  readonly weights: string;
  /** Iterations between previews. */
  readonly saveStep: number;
  readonly targetTokens: TokenChoice;
  readonly negative?: string | undefined;
  readonly longPrompts?: boolean | undefined;
  readonly pictures: PictureReader;
  readonly store: ResultStore;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Runs the jobs one by one. A failure is reported, and the others continue.
 * @returns the names of the failed jobs
 * @throws errors that would stop every job: a lost device, a full disk; the signal's reason
 */
export async function runJobs(jobs: readonly ReadyJob[], settings: RunSettings): Promise<string[]> {
  const failed: string[] = [];
  for (const [i, job] of jobs.entries()) {
    settings.signal.throwIfAborted();
    const { name, row } = job;
    const text = `${name} (${i + 1} of ${jobs.length}): "${row.sourcePrompt}" -> "${row.targetPrompt}"`;
    settings.log.event('start', { job: name, seed: job.seed }, text);
    const keeper = keeperOf(job, settings, settings.pipeline);
    try {
      await runJob(job, keeper, settings, jobs[i - 1]?.row === row);
    } catch (error) {
      if (concernsAll(error, settings.signal)) throw error;
      settings.log.error(error, { job: name }, name);
      await keeper.fail(error);
      failed.push(name);
    }
  }
  return failed;
}

/** @param model null where the job cannot begin */
export function keeperOf(
  job: Job,
  { editor, store, rng, weights }: Pick<RunSettings, 'editor' | 'store' | 'rng' | 'weights'>,
  model: StableDiffusion | null,
): EditKeeper {
  const { imgPath: image, sourcePrompt: source, targetPrompt: target } = job.row;
  const asked = { editor, model, image, prompts: { source, target }, seed: job.seed, rng, weights };
  return new EditKeeper(store.resultPath(job), asked);
}

/** @param repeatsPrompts whether the previous job was of the same row */
async function runJob(
  job: ReadyJob,
  keeper: EditKeeper,
  settings: RunSettings,
  repeatsPrompts: boolean,
): Promise<void> {
  const { pipeline, editor, pictures, frame, rng, saveStep, targetTokens, negative, longPrompts } = settings;
  const { store, log, signal } = settings;
  const image = await pictures.readImage(job.imagePath);
  await store.begin(job);
  const prompts = { source: job.row.sourcePrompt, target: job.row.targetPrompt };
  const run = edit(pipeline, { image, ...prompts, negative, targetTokens, longPrompts }, editor, {
    frame,
    draws: { seed: job.seed, rng },
    previews: { every: saveStep },
    signal,
  });
  const png = encodePng(await watchEdit(run, { log, editor, job: job.name, repeatsPrompts, keeper }));
  await keeper.finish(png);
  await store.finish(job, png);
  const path = store.resultPath(job);
  log.event('done', { job: job.name, path }, `Wrote ${path}.`);
}

const FULL_DISK = ['ENOSPC', 'EDQUOT', 'EROFS'];

function concernsAll(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || error instanceof DeviceLostError || FULL_DISK.includes(systemCode(error) ?? '');
}
