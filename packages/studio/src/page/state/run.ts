import type { Image } from '@lusd/sd-models';
import type { EditEvent, Failure, Preview, Step } from '../../session/index.ts';
import { fileOf } from './fileOf.ts';

/** An edit on the screen: one that runs, or one of the history. */
export interface Run {
  /** Of its entry in the history. */
  readonly id: string;
  readonly status: 'starting' | 'running' | 'paused' | 'done' | 'stopped' | 'failed';
  readonly numSteps: number;
  readonly words: readonly string[];
  /** The picture as it is edited; null until it is framed. */
  readonly before: Image | null;
  readonly steps: readonly Step[];
  readonly previews: readonly Preview[];
  readonly result: Image | null;
  /** A safetensors file. */
  readonly trajectory: Promise<Blob> | null;
  readonly failure: Failure | null;
}

export function newRun(id: string, numSteps: number): Run {
  const nothing = { before: null, result: null, trajectory: null, failure: null };
  return { id, status: 'starting', numSteps, words: [], steps: [], previews: [], ...nothing };
}

/** The run after an event. */
export function advanced(run: Run, event: EditEvent): Run {
  switch (event.kind) {
    case 'started': {
      const { source: before, numSteps, words } = event;
      return { ...run, status: run.status === 'paused' ? 'paused' : 'running', before, numSteps, words };
    }
    case 'step':
      return { ...run, steps: [...run.steps, event] };
    case 'preview':
      return { ...run, previews: [...run.previews, event] };
    case 'done': {
      const { image: result, trajectory } = event;
      return { ...run, status: 'done', result, trajectory: trajectory && fileOf(trajectory) };
    }
    case 'stopped':
      return { ...run, status: 'stopped' };
    case 'failed':
      return { ...run, status: 'failed', failure: event.failure };
  }
}

export function isActive({ status }: Run): boolean {
  return status === 'starting' || status === 'running' || status === 'paused';
}

/** The result, or the latest preview. */
export function latestImage({ result, previews }: Run): Image | null {
  return result ?? previews.at(-1)?.image ?? null;
}

/** Steps after which the speed is that of the device, and no longer that of compiling kernels. */
const WARM = 2;
const WINDOW = 20;

/** Steps a second over the last ones, and seconds left; null until it can be said. */
export function paceOf({ steps, numSteps }: Run): { readonly rate: number; readonly left: number } | null {
  const recent = steps.slice(Math.max(WARM - 1, steps.length - WINDOW - 1));
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first || !last || recent.length < 2 || last.seconds === first.seconds) return null;
  const rate = (recent.length - 1) / (last.seconds - first.seconds);
  return { rate, left: (numSteps - steps.length) / rate };
}
