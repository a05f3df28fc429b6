import type { EditEvent, RunControl, StudioSettings } from '../../src/session/index.ts';

/** Milliseconds a step. */
const STEP = 25;
/** Bytes of a recorded edit. */
const TRAJECTORY = 80_000_000;
/** Of the picture that is edited, in pixels. */
const SIDE = 512;

/** What the model is said to be. */
export const QUICK_FACTS = {
  ...{ name: 'shapes', dtype: 'f32', size: SIDE, device: 'none' },
  ...{ isSoftware: false, notes: [] },
} as const;
export const NO_WORDS = { words: [], unread: { source: null, target: null } } as const;

function noise(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i, 2654435761) >>> 24);
}

/** Tells of an edit as `runEdit` does and computes nothing, so that the page's own work is what is measured. */
export async function quickEdit(
  settings: StudioSettings,
  control: RunControl,
  emit: (event: EditEvent) => void,
): Promise<void> {
  const numSteps = Number(settings.options.numSteps);
  const image = { width: SIDE, height: SIDE, data: noise(3 * SIDE * SIDE) };
  const mask = { width: SIDE / 8, height: SIDE / 8, data: noise((SIDE / 8) ** 2) };
  const unread = { source: null, target: null, negative: null };
  emit({ kind: 'started', source: image, numSteps, words: [], unread });
  for (let iteration = 0; iteration < numSteps && !control.signal.aborted; iteration++) {
    await new Promise((resolve) => setTimeout(resolve, STEP));
    const [std, threshold, timestep] = [Math.random(), 0.1, Math.floor(1000 * Math.random())];
    const seconds = (iteration * STEP) / 1000;
    emit({ kind: 'step', iteration, attempts: 1 + (iteration % 3), timestep, std, threshold, seconds });
    if (iteration % settings.saveStep === 0) emit({ kind: 'preview', iteration, image, mask });
    await control.pass().catch(() => {});
  }
  emit(
    control.signal.aborted
      ? { kind: 'stopped' }
      : { kind: 'done', image, trajectory: settings.record ? noise(TRAJECTORY) : null },
  );
}
