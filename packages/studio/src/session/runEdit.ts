import { type Edit, type EditStep, edit, type MethodEditor, TrajectoryRecorder } from '@lusd/lusd';
import { type Image, type Mask, type StableDiffusion, trainedSize } from '@lusd/sd-models';
import { encodeSafetensors, type Tensor } from '@lusd/tensor';
import type { RunControl } from './control.ts';
import type { EditEvent } from './events.ts';
import { failureOf } from './failure.ts';
import { plainPrompts, tokenChoice } from './markWords.ts';
import { editorOf } from './method.ts';
import type { StudioSettings } from './settings.ts';

/** A picture with what should be made of it. */
export interface EditJob {
  readonly image: Image;
  /** White where the picture may change; of the picture's size. */
  readonly mask: Mask | null;
  readonly settings: StudioSettings;
}

/**
 * Runs an edit to its end and tells what happens; an error is its last event. The same on a page's worker and in the
 * server, so that both make the same picture.
 */
export async function runEdit(
  model: StableDiffusion,
  job: EditJob,
  control: RunControl,
  emit: (event: EditEvent) => void,
): Promise<void> {
  try {
    const recorder = job.settings.record ? new TrajectoryRecorder() : null;
    const editor = editorOf(job.settings);
    const run = startEdit(model, job, editor, recorder, control.signal);
    await emitStart(run, editor, emit);
    await emitSteps(run, control, emit);
    const image = await run.result();
    emit({ kind: 'done', image, trajectory: recorder && encodeSafetensors(recorder.tensors) });
  } catch (error) {
    emit(
      control.signal.aborted && error === control.signal.reason
        ? { kind: 'stopped' }
        : { kind: 'failed', failure: failureOf(error) },
    );
  }
}

function startEdit(
  model: StableDiffusion,
  { image, mask, settings }: EditJob,
  editor: MethodEditor,
  recorder: TrajectoryRecorder | null,
  signal: AbortSignal,
): Edit {
  const { seed, rng, size, fit, composite, longPrompts, negative, saveStep } = settings;
  const request = {
    ...plainPrompts(settings),
    ...{ image, composite, longPrompts, targetTokens: tokenChoice(settings) },
    ...(mask && { mask }),
    ...(negative !== null && { negative }),
  };
  return edit(model, request, editor, {
    frame: { size: size ?? trainedSize(model), fit },
    draws: { seed, rng },
    // Decoded by the VAE: a linear map from latents to colours is known for Stable Diffusion's own latents only.
    previews: { every: saveStep },
    ...(recorder && { record: recorder }),
    signal,
  });
}

async function emitStart(
  run: Edit,
  { numSteps, usesTargetTokens }: MethodEditor,
  emit: (event: EditEvent) => void,
): Promise<void> {
  const words = usesTargetTokens ? (await run.targetTokens()).words : [];
  const { source, unread } = run;
  emit({ kind: 'started', source, numSteps, words: words.map(({ text }) => text), unread });
}

async function emitSteps(run: Edit, control: RunControl, emit: (event: EditEvent) => void): Promise<void> {
  let [seconds, since] = [0, performance.now()];
  for await (const step of run) {
    seconds += (performance.now() - since) / 1000;
    const { iteration, attempts, timestep, std = null, threshold = null } = step;
    emit({ kind: 'step', iteration, attempts, timestep, std, threshold, seconds });
    if (step.preview) emit(await previewOf(step, step.preview));
    await control.pass();
    since = performance.now();
  }
}

async function previewOf({ iteration, mask }: EditStep, image: Image): Promise<EditEvent> {
  return { kind: 'preview', iteration, image, mask: mask ? await greyMask(mask) : null };
}

/** A mask [1, h, w, 1] of 0 to 1 in 256 levels. */
async function greyMask(mask: Tensor): Promise<Mask> {
  const [, height = 0, width = 0] = mask.shape;
  const values = await mask.data('f32');
  return { width, height, data: Uint8Array.from(values, (value) => Math.round(255 * value)) };
}
