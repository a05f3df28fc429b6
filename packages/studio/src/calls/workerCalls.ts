import { EngineError } from '../session/index.ts';
import type { CallTable, Reply, Request } from './protocol.ts';

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: EngineError) => void;
  readonly onEvent: (event: unknown) => void;
}

interface CallOptions<Event> {
  readonly onEvent?: (event: Event) => void;
  /** What of the arguments goes to the worker without a copy. */
  readonly transfer?: Transferable[];
}

/** Calls of a worker that answers with `answerCalls`. */
export class WorkerCalls<Table extends CallTable<Table>> {
  private readonly pending = new Map<number, Pending>();
  private calls = 0;
  /** Why nothing can be asked of the worker any more. */
  private end: EngineError | null = null;

  /** @param worker ended by {@link close} */
  constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.receive(data);
    worker.onerror = ({ message }) =>
      this.failAll(
        `the worker ended unexpectedly (${message || 'its script could not be loaded'}); reload the page`,
      );
  }

  /** @throws EngineError with what the worker says, or if it ended */
  call<Name extends keyof Table>(
    name: Name,
    args: Table[Name]['args'],
    { onEvent = () => {}, transfer = [] }: CallOptions<Table[Name]['event']> = {},
  ): Promise<Table[Name]['result']> {
    if (this.end) return Promise.reject(this.end);
    const call = this.calls++;
    const request: Request<Table, Name> = { call, name, args };
    return new Promise((resolve, reject) => {
      // The worker answers a call by its name's types: see `Handlers`.
      const pending = { resolve, reject, onEvent } as Pending;
      this.pending.set(call, pending);
      this.worker.postMessage(request, transfer);
    });
  }

  close(): void {
    this.worker.terminate();
    this.failAll('the engine was closed');
  }

  private receive(reply: Reply): void {
    const pending = this.pending.get(reply.call);
    if (reply.kind !== 'event') this.pending.delete(reply.call);
    if (reply.kind === 'event') pending?.onEvent(reply.event);
    else if (reply.kind === 'result') pending?.resolve(reply.result);
    else pending?.reject(new EngineError(reply.failure));
  }

  private failAll(message: string): void {
    this.end = new EngineError({ kind: 'other', message });
    for (const { reject } of this.pending.values()) reject(this.end);
    this.pending.clear();
  }
}
