/**
 * Stands in the place of the engine's worker: it tells of an edit as the worker does and computes nothing, so that the
 * page's own work is what is measured.
 */
import { answerCalls } from '../../src/calls/answerCalls.ts';
import type { Handlers } from '../../src/calls/protocol.ts';
import type { Calls } from '../../src/worker/protocol.ts';
import { transferOf } from '../../src/worker/transferOf.ts';

/** Milliseconds a step. */
const STEP = 25;
/** Bytes of a recorded edit. */
const TRAJECTORY = 80_000_000;
/** Of the picture that is edited, in pixels. */
const SIDE = 512;

let isPaused = false;
let isStopped = false;

function noise(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i, 2654435761) >>> 24);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function refuse(): Promise<never> {
  throw new Error('this worker keeps no weights');
}

const handlers: Handlers<Calls> = {
  open: async () => ({
    ...{ name: 'shapes', dtype: 'f32', size: 512, device: 'none' },
    ...{ isSoftware: false, notes: [] },
  }),
  markWords: async () => ({ words: [], unread: { source: null, target: null } }),
  listKept: async () => [],
  control: async ([, action]) => {
    isPaused = action === 'pause';
    isStopped ||= action === 'stop';
    return undefined;
  },
  edit: async ([, { settings }], emit) => {
    const { numSteps: given } = settings.options;
    const numSteps = Number(given);
    const image = { width: SIDE, height: SIDE, data: noise(3 * SIDE * SIDE) };
    const mask = { width: SIDE / 8, height: SIDE / 8, data: noise((SIDE / 8) ** 2) };
    const unread = { source: null, target: null, negative: null };
    emit({ kind: 'started', source: image, numSteps, words: [], unread });
    for (let iteration = 0; iteration < numSteps && !isStopped; iteration++) {
      await pause(STEP);
      while (isPaused && !isStopped) await pause(STEP);
      const [std, threshold, timestep] = [Math.random(), 0.1, Math.floor(1000 * Math.random())];
      const seconds = (iteration * STEP) / 1000;
      emit({ kind: 'step', iteration, attempts: 1 + (iteration % 3), timestep, std, threshold, seconds });
      if (iteration % settings.saveStep === 0) emit({ kind: 'preview', iteration, image, mask });
    }
    emit(
      isStopped
        ? { kind: 'stopped' }
        : { kind: 'done', image, trajectory: settings.record ? noise(TRAJECTORY) : null },
    );
    isStopped = false;
    return undefined;
  },
  pull: refuse,
  stopPull: refuse,
  removeKept: refuse,
};

answerCalls(handlers, {
  transferOf,
  failureOf: (error) => ({ kind: 'other', message: String(error) }),
});
