/** Stands in the place of the engine's worker. */
import { answerCalls } from '../../src/calls/answerCalls.ts';
import type { Handlers } from '../../src/calls/protocol.ts';
import { RunControl } from '../../src/session/control.ts';
import type { Calls } from '../../src/worker/protocol.ts';
import { transferOf } from '../../src/worker/transferOf.ts';
import { NO_WORDS, QUICK_FACTS, quickEdit } from './quickEdit.ts';

let control = new RunControl();

async function refuse(): Promise<never> {
  throw new Error('this worker keeps no weights');
}

const handlers: Handlers<Calls> = {
  open: async () => QUICK_FACTS,
  markWords: async () => NO_WORDS,
  listKept: async () => [],
  control: async ([, action]) => {
    control[action]();
    return undefined;
  },
  edit: async ([, { settings }], emit) => {
    control = new RunControl();
    await quickEdit(settings, control, emit);
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
