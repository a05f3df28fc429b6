import { WorkerCalls } from '../../calls/workerCalls.ts';
import {
  type EditEvent,
  type EngineError,
  failureOf,
  type MarkedPrompt,
  type ModelFacts,
  type WordSettings,
} from '../../session/index.ts';
import type { BrowserPicture, Engine, PictureJob, RunningEdit } from '../engine.ts';
import type { EventCalls } from './protocol.ts';
import { requestServer, type ServerPlace } from './request.ts';

/** An engine in `lusd studio`, on the machine of the page. */
export class ServerEngine implements Engine {
  readonly place = 'server';
  readonly shelf = null;
  private readonly closed = new AbortController();
  private readonly events: WorkerCalls<EventCalls>;

  /**
   * @param worker that runs `worker.ts` of this folder: it reads the events, of which a recorded edit's last one would
   *   stop the page for half a second; the engine ends it
   * @param pngOf a picture's pixels as this browser shows them: a server may decode its file differently
   */
  constructor(
    private readonly server: ServerPlace,
    worker: Worker,
    private readonly pngOf: (picture: BrowserPicture) => Promise<Blob>,
  ) {
    this.events = new WorkerCalls(worker);
  }

  async open(): Promise<ModelFacts> {
    const response = await this.request('api/status');
    return ((await response.json()) as { readonly model: ModelFacts }).model;
  }

  async markWords(settings: WordSettings): Promise<MarkedPrompt> {
    const { source, target, targetIndex, editWords, targetRule, keepBrackets } = settings;
    const body = JSON.stringify({ source, target, targetIndex, editWords, targetRule, keepBrackets });
    const response = await this.request('api/words', { method: 'POST', body });
    return (await response.json()) as MarkedPrompt;
  }

  async edit(job: PictureJob, onEvent: (event: EditEvent) => void): Promise<RunningEdit> {
    const { picture, mask, settings } = job;
    const form = new FormData();
    form.set('image', await this.pngOf(picture), 'image.png');
    if (mask) form.set('mask', await this.pngOf(mask), 'mask.png');
    form.set('settings', JSON.stringify(settings));
    const response = await this.request('api/edits', { method: 'POST', body: form });
    const { id } = (await response.json()) as { readonly id: string };
    this.follow(id, onEvent);
    return this.runningEdit(id);
  }

  async attach(id: string, onEvent: (event: EditEvent) => void): Promise<RunningEdit | null> {
    if (!(await this.events.call('connect', [this.server, id]))) return null;
    this.follow(id, onEvent);
    return this.runningEdit(id);
  }

  close(): void {
    this.closed.abort();
    this.events.close();
  }

  private runningEdit(id: string): RunningEdit {
    // That the server is gone, or does not know the edit any more, is told by what follows the edit's events.
    const control = (action: string) =>
      void this.request(`api/edits/${id}/${action}`, { method: 'POST' }).catch(() => {});
    return {
      id,
      pause: () => control('pause'),
      resume: () => control('resume'),
      stop: () => control('stop'),
    };
  }

  private follow(id: string, onEvent: (event: EditEvent) => void): void {
    this.events.call('follow', [this.server, id], { onEvent }).catch((error: EngineError) => {
      if (!this.closed.signal.aborted) onEvent({ kind: 'failed', failure: failureOf(error) });
    });
  }

  private request(path: string, init: RequestInit = {}): Promise<Response> {
    return requestServer(this.server, path, { ...init, signal: this.closed.signal });
  }
}
