import { answerCalls } from '../../calls/answerCalls.ts';
import type { Handlers } from '../../calls/protocol.ts';
import { EngineError, type Failure } from '../../session/engineError.ts';
import { buffersOf } from './buffersOf.ts';
import { EditFollower } from './editFollower.ts';
import type { EventCalls } from './protocol.ts';

/** Edits that were connected to and are not followed yet. */
const connected = new Map<string, EditFollower>();

const handlers: Handlers<EventCalls> = {
  connect: async ([server, id]) => {
    const follower = new EditFollower(server, id);
    const isKnown = await follower.connect();
    if (isKnown) connected.set(id, follower);
    return isKnown;
  },
  follow: async ([server, id], emit) => {
    const follower = connected.get(id) ?? new EditFollower(server, id);
    connected.delete(id);
    await follower.follow(emit);
    return undefined;
  },
};

/** The engine's kinds of failure need the engine, which this worker does without. */
function failureOf(error: unknown): Failure {
  if (error instanceof EngineError) return { kind: error.kind, message: error.message };
  return { kind: 'other', message: error instanceof Error ? error.message : String(error) };
}

answerCalls(handlers, { failureOf, transferOf: buffersOf });
