import {
  decodeEvent,
  type EditEvent,
  EngineError,
  failureOf,
  type MarkedPrompt,
  type ModelFacts,
  type WordSettings,
} from '../session/index.ts';
import type { BrowserPicture, Engine, PictureJob, RunningEdit } from './engine.ts';
import { serverEvents } from './eventStream.ts';

/** Waits before a connection is tried again, in milliseconds: a server that is started again takes some seconds. */
const RETRIES = [250, 1_000, 3_000, 6_000];

/** An engine in `lusd studio`, on the machine of the page. */
export class ServerEngine implements Engine {
  readonly place = 'server';
  readonly shelf = null;
  private readonly closed = new AbortController();

  /**
   * @param base the server's address
   * @param token of the address that it printed
   * @param pngOf a picture's pixels as this browser shows them: a server may decode its file differently
   */
  constructor(
    private readonly base: string,
    private readonly token: string,
    private readonly pngOf: (picture: BrowserPicture) => Promise<Blob>,
  ) {}

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
    void this.follow(id, onEvent);
    return this.runningEdit(id);
  }

  async attach(id: string, onEvent: (event: EditEvent) => void): Promise<RunningEdit | null> {
    const events = await this.connect(id, -1).catch((error: unknown) => {
      if (error instanceof EngineError) return null;
      throw error;
    });
    if (!events) return null;
    void this.follow(id, onEvent, events);
    return this.runningEdit(id);
  }

  close(): void {
    this.closed.abort();
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

  /** Passes an edit's events on until the last, over connections that fail. */
  private async follow(id: string, onEvent: (event: EditEvent) => void, first?: Response): Promise<void> {
    let [response, last, failures] = [first, -1, 0];
    for (;;) {
      try {
        response ??= await this.connect(id, last);
        for await (const event of serverEvents(bodyOf(response))) {
          const told = decodeEvent(event.data);
          [last, failures] = [event.id, 0];
          onEvent(told);
          if (told.kind === 'done' || told.kind === 'stopped' || told.kind === 'failed') return;
        }
      } catch (error) {
        if (this.closed.signal.aborted) return;
        if (error instanceof EngineError) return onEvent({ kind: 'failed', failure: failureOf(error) });
      }
      response = undefined;
      const wait = RETRIES[failures++];
      if (wait === undefined) return onEvent({ kind: 'failed', failure: GONE });
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  private connect(id: string, last: number): Promise<Response> {
    const headers = last < 0 ? {} : { 'last-event-id': String(last) };
    return this.request(`api/edits/${id}/events`, { headers });
  }

  /** @throws EngineError with what the server says; TypeError where it does not answer */
  private async request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(new URL(path, this.base), {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${this.token}` },
      signal: this.closed.signal,
    });
    if (response.ok) return response;
    const { error } = (await response.json()) as { readonly error: { readonly message: string } };
    const isOption = response.status === 400;
    throw new EngineError({ kind: isOption ? 'option' : 'other', message: error.message.replace(/\.$/, '') });
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
