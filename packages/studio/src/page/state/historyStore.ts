import { signal } from '@preact/signals';
import type { PictureJob } from '../../engine/engine.ts';
import { withText } from '../../library/pictures.ts';
import { type EditEvent, failureOf } from '../../session/index.ts';
import { stepsOf } from '../../session/method.ts';
import { type EntryStatus, HistoryDatabase, type HistoryEntry } from '../history/database.ts';
import { holdEdit } from '../history/editLock.ts';
import { settingsText } from '../history/pngSettings.ts';
import type { Pictures } from '../pictures/pictures.ts';
import { latestImage, newRun, type Run } from './run.ts';

/** What an edit is kept with: files, which the browser stores as they are. */
export interface KeptJob extends PictureJob {
  readonly picture: Blob;
  readonly mask: Blob | null;
}

/** The edits that the browser keeps, with their settings and pictures. */
export class HistoryStore {
  readonly entries = signal<readonly HistoryEntry[]>([]);
  private database: HistoryDatabase | null = null;
  /** What is written, one after the other. */
  private writes: Promise<void> = Promise.resolve();
  private release: (() => void) | null = null;

  /** @param fail tells people of what cannot be kept; the edit goes on */
  constructor(
    private readonly pictures: Pictures,
    private readonly fail: (message: string) => void,
  ) {}

  async open(): Promise<void> {
    try {
      this.database = await HistoryDatabase.open();
      this.entries.value = await this.database.entries();
    } catch (error) {
      this.fail(`the history cannot be kept in this browser: ${failureOf(error).message}`);
    }
  }

  /** Keeps a new edit. Another page must not take it for one that was left: this one holds its lock. */
  async begin(id: string, { picture, mask, settings }: KeptJob, weights: string): Promise<void> {
    this.release = await holdEdit(id);
    const nothing = { runId: null, before: null, after: null, steps: [], trajectory: null };
    const start = { id, startedAt: Date.now(), status: 'running', settings, weights } as const;
    this.put({ ...start, picture, mask, ...nothing });
  }

  async setRunId(id: string, runId: string): Promise<void> {
    this.update(id, { runId });
  }

  /** Keeps what an event brought. */
  record(id: string, event: EditEvent, run: Run): void {
    if (event.kind === 'step') return;
    this.write(async () => this.keep(id, event, run));
  }

  /** What became of an edit that no page follows any more. */
  interrupt(id: string): void {
    this.update(id, { status: 'interrupted' });
  }

  async remove(id: string): Promise<void> {
    this.entries.value = this.entries.value.filter((entry) => entry.id !== id);
    this.write(async () => this.database?.remove(id));
  }

  /** An edit of the history as it was on the screen. */
  async runOf({ id, settings, steps, before, after, status, trajectory }: HistoryEntry): Promise<Run> {
    const kept = (await this.database?.previews(id)) ?? [];
    const previews = await Promise.all(
      kept.map(async ({ iteration, picture }) => ({
        ...{ kind: 'preview' as const, iteration, mask: null },
        image: await this.pictures.pixels(picture),
      })),
    );
    const source = before && (await this.pictures.pixels(before));
    const result = after && (await this.pictures.pixels(after));
    const shown = status === 'done' ? 'done' : 'stopped';
    const run = newRun(id, stepsOf(settings));
    const file = trajectory && Promise.resolve(trajectory);
    return { ...run, status: shown, steps, previews, before: source, result, trajectory: file };
  }

  private async keep(id: string, event: EditEvent, run: Run): Promise<void> {
    const { steps } = run;
    if (event.kind === 'started') return this.change(id, { before: await this.pictures.png(event.source) });
    if (event.kind === 'preview') {
      const picture = await this.pictures.png(event.image);
      await this.database?.putPreview({ id, iteration: event.iteration, picture });
      return this.change(id, { after: picture, steps });
    }
    if (event.kind === 'step') return;
    const entry = this.entries.value.find((entry) => entry.id === id);
    const image = latestImage(run);
    const after = image && entry ? await withText(await this.pictures.png(image), settingsText(entry)) : null;
    const trajectory = await run.trajectory;
    await this.change(id, {
      status: event.kind,
      steps,
      ...(after && { after }),
      ...(trajectory && { trajectory }),
    });
    this.release?.();
    this.release = null;
  }

  private put(entry: HistoryEntry): void {
    this.entries.value = [entry, ...this.entries.value];
    this.write(async () => this.database?.put(entry));
  }

  private update(id: string, changed: Partial<HistoryEntry>): void {
    this.write(() => this.change(id, changed));
  }

  private async change(id: string, changed: Partial<HistoryEntry> & { status?: EntryStatus }): Promise<void> {
    const entry = this.entries.value.find((entry) => entry.id === id);
    if (!entry) return;
    const next = { ...entry, ...changed };
    this.entries.value = this.entries.value.map((other) => (other.id === id ? next : other));
    await this.database?.put(next);
  }

  private write(task: () => Promise<unknown>): void {
    this.writes = this.writes.then(task).then(
      () => {},
      (error: unknown) => this.fail(`the history could not be written: ${failureOf(error).message}`),
    );
  }
}
