import type { EditEvent } from '../../session/index.ts';
import type { ServerPlace } from './request.ts';

/** What the worker that reads a server's events can be asked. */
export interface EventCalls {
  /** Whether the server knows an edit; if it does, `follow` goes on with the connection that is open then. */
  connect: { args: [server: ServerPlace, id: string]; result: boolean; event: never };
  /** Tells of an edit from its first event to its last, over connections that fail. */
  follow: { args: [server: ServerPlace, id: string]; result: undefined; event: EditEvent };
}
