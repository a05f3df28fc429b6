import { randomUUID } from 'node:crypto';
import type { Image, StableDiffusion } from '@lusd/sd-models';
import {
  decodeEvent,
  type EditEvent,
  type EditJob,
  type Ended,
  encodeEvent,
  RunControl,
  runEdit,
} from '@lusd/studio/session';
import { HttpError } from './httpError.ts';

/** Edits that may wait. */
const MAX_WAITING = 16;
/** Edits whose events are kept after their end, for pages that are reloaded. */
const MAX_ENDED = 8;

/** An edit of the queue, with everything that was told of it. */
export class Job {
  readonly id = randomUUID();
  readonly control = new RunControl();
  /** Each event as a line of JSON. */
  readonly events: string[] = [];
  /** The last event, once there is none to follow. */
  ended: Ended | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(readonly work: EditJob) {}

  tell(event: EditEvent): void {
    this.events.push(encodeEvent(event));
    if (event.kind === 'done' || event.kind === 'stopped' || event.kind === 'failed') this.ended = event;
    for (const listener of this.listeners) listener();
  }

  /** Calls `listener` after each event. @returns what ends that */
  onEvent(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The last event. */
  async end(): Promise<Ended> {
    while (!this.ended) await this.next();
    return this.ended;
  }

  /** Resolves after the next event. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      const off = this.onEvent(() => {
        off();
        resolve();
      });
    });
  }
}

/** An edit's events, from its first to its last. */
export async function* eventsOf(job: Job): AsyncGenerator<EditEvent, void> {
  for (let at = 0; at < job.events.length || !job.ended; at++) {
    while (at >= job.events.length) await job.next();
    yield decodeEvent(job.events[at] ?? '');
  }
}

/** What an edit made. @throws HttpError if it made nothing */
export function resultOf(end: Ended): Image {
  return end.kind === 'done' ? end.image : refuse(end);
}

/** @throws HttpError with why an edit ended without a result */
export function refuse(end: Exclude<Ended, { readonly kind: 'done' }>): never {
  if (end.kind === 'stopped') throw new HttpError(503, 'the edit was stopped');
  throw new HttpError(end.failure.kind === 'option' ? 400 : 500, end.failure.message);
}

/** One edit at a time, in the order in which they came: they share a device. */
export class JobQueue {
  private readonly jobs = new Map<string, Job>();
  private last: Promise<void> = Promise.resolve();
  private running: Job | null = null;

  /** @param onLost called when the device was lost, after which no edit can run */
  constructor(
    private readonly model: StableDiffusion,
    private readonly onLost: (message: string) => void,
  ) {}

  /** Edits that have not ended. */
  get active(): readonly Job[] {
    return [...this.jobs.values()].filter(({ ended }) => ended === null);
  }

  /** @throws HttpError 429 if too many wait */
  add(work: EditJob): Job {
    if (this.active.length > MAX_WAITING)
      throw new HttpError(429, `${MAX_WAITING} edits wait already; try again when some have ended`);
    const job = new Job(work);
    this.jobs.set(job.id, job);
    // One that waits is stopped at once, and not when its turn comes.
    job.control.signal.addEventListener('abort', () => {
      if (job !== this.running && !job.ended) job.tell({ kind: 'stopped' });
    });
    this.last = this.last.then(() => this.run(job));
    return job;
  }

  /** @throws HttpError 404 */
  get(id: string): Job {
    const job = this.jobs.get(id);
    if (job) return job;
    throw new HttpError(404, `there is no edit ${id}; the server may have been started again since`);
  }

  /** Stops every edit; resolves when none runs. */
  async stop(): Promise<void> {
    for (const { control } of this.active) control.stop();
    await this.last;
  }

  private async run(job: Job): Promise<void> {
    if (job.ended) return;
    this.running = job;
    await runEdit(this.model, job.work, job.control, (event) => job.tell(event));
    this.running = null;
    this.checkDevice(job);
    this.forgetOld();
  }

  private checkDevice({ ended }: Job): void {
    if (ended?.kind === 'failed' && ended.failure.kind === 'device-lost') this.onLost(ended.failure.message);
  }

  private forgetOld(): void {
    const ended = [...this.jobs.values()].filter((job) => job.ended !== null);
    for (const { id } of ended.slice(0, -MAX_ENDED)) this.jobs.delete(id);
  }
}
