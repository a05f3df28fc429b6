import { EngineError } from '../../session/engineError.ts';
import type { EditEvent } from '../../session/events.ts';
import { decodeEvent } from '../../session/wire.ts';
import { serverEvents } from './eventStream.ts';
import { requestServer, type ServerPlace } from './request.ts';

/** Waits before a connection is tried again, in milliseconds: a server that is started again takes some seconds. */
const RETRIES = [250, 1_000, 3_000, 6_000];

/** The events of one of a server's edits. */
export class EditFollower {
  /** A connection from the first event on. */
  private first: Response | undefined;

  constructor(
    private readonly server: ServerPlace,
    private readonly id: string,
  ) {}

  /** Whether the server knows the edit. @throws TypeError where it does not answer */
  async connect(): Promise<boolean> {
    try {
      this.first = await this.request(-1);
      return true;
    } catch (error) {
      if (error instanceof EngineError) return false;
      throw error;
    }
  }

  /**
   * Passes the edit's events on until the last, over connections that fail.
   * @throws EngineError if the server does not know the edit any more, or is gone
   */
  async follow(onEvent: (event: EditEvent) => void): Promise<void> {
    let [response, last, failures] = [this.first, -1, 0];
    this.first = undefined;
    for (;;) {
      try {
        response ??= await this.request(last);
        for await (const event of serverEvents(bodyOf(response))) {
          const told = decodeEvent(event.data);
          [last, failures] = [event.id, 0];
          onEvent(told);
          if (told.kind === 'done' || told.kind === 'stopped' || told.kind === 'failed') return;
        }
      } catch (error) {
        if (error instanceof EngineError) throw error;
      }
      response = undefined;
      const wait = RETRIES[failures++];
      if (wait === undefined) throw new EngineError(GONE);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  private request(last: number): Promise<Response> {
    const headers = last < 0 ? {} : { 'last-event-id': String(last) };
    return requestServer(this.server, `api/edits/${this.id}/events`, { headers });
  }
}

const GONE = {
  kind: 'other',
  message:
    'the server does not answer; start `lusd studio` again and open the address that it prints. What was made is in the history',
} as const;

function bodyOf({ body }: Response): ReadableStream<Uint8Array> {
  if (body) return body;
  throw new TypeError('the answer has no body');
}
