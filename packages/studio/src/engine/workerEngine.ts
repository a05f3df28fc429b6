import {
  type EditEvent,
  type EditJob,
  EngineError,
  type MarkedPrompt,
  type ModelFacts,
  type ModelSettings,
  type WordSettings,
} from '../session/index.ts';
import type { CallName, Calls, ControlAction, Reply, Request } from '../worker/protocol.ts';
import type { Engine, RunningEdit, WeightsShelf, WeightsSource } from './engine.ts';

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: EngineError) => void;
  readonly onEvent: (event: unknown) => void;
}

/** An engine in a worker of this page: nothing leaves the computer. */
export class WorkerEngine implements Engine {
  readonly place = 'page';
  readonly shelf: WeightsShelf;
  private readonly pending = new Map<number, Pending>();
  private calls = 0;
  /** Why nothing can be asked of the worker any more. */
  private end: EngineError | null = null;

  /** @param worker that runs this package's worker script; the engine ends it */
  constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.receive(data);
    worker.onerror = ({ message }) =>
      this.failAll(
        `the worker ended unexpectedly (${message || 'its script could not be loaded'}); reload the page`,
      );
    this.shelf = {
      list: () => this.call('listKept', []),
      pull: (request, onProgress, signal) => {
        signal.addEventListener('abort', () => void this.call('stopPull', [request.name]), { once: true });
        return this.call('pull', [request], onProgress);
      },
      remove: async (name) => void (await this.call('removeKept', [name])),
    };
  }

  open(source: WeightsSource, settings: ModelSettings): Promise<ModelFacts> {
    return this.call('open', [source, settings]);
  }

  markWords(settings: WordSettings): Promise<MarkedPrompt> {
    return this.call('markWords', [settings]);
  }

  async edit(job: EditJob, onEvent: (event: EditEvent) => void): Promise<RunningEdit> {
    const id = crypto.randomUUID();
    this.call('edit', [id, job], onEvent).catch(({ kind, message }: EngineError) =>
      onEvent({ kind: 'failed', failure: { kind, message } }),
    );
    const control = (action: ControlAction) => void this.call('control', [id, action]);
    return {
      id,
      pause: () => control('pause'),
      resume: () => control('resume'),
      stop: () => control('stop'),
    };
  }

  /** A worker ends with its page. */
  async attach(): Promise<null> {
    return null;
  }

  close(): void {
    this.worker.terminate();
    this.failAll('the engine was closed');
  }

  private call<Name extends CallName>(
    name: Name,
    args: Calls[Name]['args'],
    onEvent: (event: Calls[Name]['event']) => void = () => {},
  ): Promise<Calls[Name]['result']> {
    if (this.end) return Promise.reject(this.end);
    const call = this.calls++;
    const request: Request<Name> = { call, name, args };
    return new Promise((resolve, reject) => {
      // The worker answers a call by its name's types: see `Handlers`.
      const pending = { resolve, reject, onEvent } as Pending;
      this.pending.set(call, pending);
      this.worker.postMessage(request);
    });
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
