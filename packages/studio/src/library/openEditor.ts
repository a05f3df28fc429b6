import type { Image } from '@lusd/sd-models';
import type { RunningEdit, WeightsSource } from '../engine/engine.ts';
import { WorkerEngine } from '../engine/workerEngine.ts';
import {
  type EditEvent,
  EngineError,
  type ModelFacts,
  type ModelSettings,
  parseSettings,
  type StudioSettings,
} from '../session/index.ts';

/** A picture with what it shows and what it should show; what is left out has the command line's default. */
export interface EditPictureRequest extends Partial<StudioSettings> {
  readonly image: ImageBitmapSource;
  /** White where the picture may change. */
  readonly mask?: ImageBitmapSource;
  readonly source: string;
  readonly target: string;
}

/** How an edit is followed and ended. */
export interface EditOptions {
  /** Called with every event: steps, previews. */
  readonly onEvent?: (event: EditEvent) => void;
  readonly signal?: AbortSignal;
}

/** An editor in a worker of its own; close it when it is no longer needed. */
export interface PictureEditor {
  readonly facts: ModelFacts;
  /** @returns the edited picture @throws EngineError saying what is wrong; the signal's reason */
  edit(request: EditPictureRequest, options?: EditOptions): Promise<Image>;
  close(): void;
}

/**
 * Opens an editor in a worker.
 *
 * @param weights the address of a folder in the diffusers layout, or files that were picked
 * @param settings how they are opened; default: the dtype that suits weights and adapter
 * @throws EngineError saying what is missing or wrong
 */
export async function openEditor(
  weights: string | URL | readonly File[],
  settings: Partial<ModelSettings> = {},
): Promise<PictureEditor> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const engine = new WorkerEngine(worker);
  try {
    const facts = await engine.open(sourceOf(weights), { dtype: 'auto', ...settings });
    return {
      facts,
      edit: (request, options) => runToEnd(engine, request, options),
      close: () => engine.close(),
    };
  } catch (error) {
    engine.close();
    throw error;
  }
}

function sourceOf(weights: string | URL | readonly File[]): WeightsSource {
  if (typeof weights === 'string' || weights instanceof URL)
    return { kind: 'address', address: new URL(weights, location.href).href };
  return { kind: 'files', files: weights };
}

async function runToEnd(
  engine: WorkerEngine,
  { image, mask, ...settings }: EditPictureRequest,
  { onEvent, signal }: EditOptions = {},
): Promise<Image> {
  signal?.throwIfAborted();
  const job = {
    picture: await createImageBitmap(image),
    mask: mask === undefined ? null : await createImageBitmap(mask),
    settings: parseSettings(settings),
  };
  return new Promise((resolve, reject) => {
    const follow = (event: EditEvent) => {
      onEvent?.(event);
      if (event.kind === 'done') resolve(event.image);
      if (event.kind === 'stopped') reject(signal?.reason);
      if (event.kind === 'failed') reject(new EngineError(event.failure));
    };
    const stopOnAbort = ({ stop }: RunningEdit) => {
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    };
    engine.edit(job, follow).then(stopOnAbort, reject);
  });
}
