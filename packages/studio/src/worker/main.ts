import { answerCalls } from '../calls/answerCalls.ts';
import type { Handlers } from '../calls/protocol.ts';
import { EngineError, failureOf } from '../session/index.ts';
import { listKept, removeKept } from './opfs/keptWeights.ts';
import { pullWeights } from './opfs/pull.ts';
import type { Calls } from './protocol.ts';
import { transferOf } from './transferOf.ts';
import { Workshop } from './workshop.ts';

const workshop = new Workshop();
const pulls = new Map<string, AbortController>();

const handlers: Handlers<Calls> = {
  open: ([source, settings]) => workshop.open(source, settings),
  markWords: ([settings]) => workshop.markWords(settings),
  edit: async ([id, job], emit) => {
    await workshop.edit(id, job, emit);
    return undefined;
  },
  control: async ([id, action]) => {
    workshop.control(id, action);
    return undefined;
  },
  listKept: () => listKept(),
  pull: async ([request], emit) => {
    if (pulls.has(request.name))
      throw new EngineError({ kind: 'other', message: `${request.name} is being downloaded already` });
    const controller = new AbortController();
    pulls.set(request.name, controller);
    try {
      return await pullWeights(request, emit, controller.signal);
    } finally {
      pulls.delete(request.name);
    }
  },
  stopPull: async ([name]) => {
    pulls.get(name)?.abort(new DOMException('the download was stopped', 'AbortError'));
    return undefined;
  },
  removeKept: async ([name]) => {
    await removeKept(name);
    return undefined;
  },
};

answerCalls(handlers, { failureOf, transferOf });
