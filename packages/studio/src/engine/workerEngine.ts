import { WorkerCalls } from '../calls/workerCalls.ts';
import type {
  EditEvent,
  EngineError,
  MarkedPrompt,
  ModelFacts,
  ModelSettings,
  WordSettings,
} from '../session/index.ts';
import type { Calls, ControlAction } from '../worker/protocol.ts';
import type { Engine, PictureJob, RunningEdit, WeightsShelf, WeightsSource } from './engine.ts';

/** An engine in a worker of this page: nothing leaves the computer. */
export class WorkerEngine implements Engine {
  readonly place = 'page';
  readonly shelf: WeightsShelf;
  private readonly calls: WorkerCalls<Calls>;

  /** @param worker that runs this package's worker script; the engine ends it */
  constructor(worker: Worker) {
    this.calls = new WorkerCalls(worker);
    this.shelf = {
      list: () => this.calls.call('listKept', []),
      pull: (request, onProgress, signal) => {
        signal.addEventListener('abort', () => void this.calls.call('stopPull', [request.name]), {
          once: true,
        });
        return this.calls.call('pull', [request], { onEvent: onProgress });
      },
      remove: async (name) => void (await this.calls.call('removeKept', [name])),
    };
  }

  open(source: WeightsSource, settings: ModelSettings): Promise<ModelFacts> {
    return this.calls.call('open', [source, settings]);
  }

  markWords(settings: WordSettings): Promise<MarkedPrompt> {
    return this.calls.call('markWords', [settings]);
  }

  async edit(job: PictureJob, onEvent: (event: EditEvent) => void): Promise<RunningEdit> {
    const id = crypto.randomUUID();
    const transfer = [job.picture, job.mask].filter((picture) => picture instanceof ImageBitmap);
    this.calls
      .call('edit', [id, job], { onEvent, transfer })
      .catch(({ kind, message }: EngineError) => onEvent({ kind: 'failed', failure: { kind, message } }));
    const control = (action: ControlAction) => void this.calls.call('control', [id, action]);
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
    this.calls.close();
  }
}
