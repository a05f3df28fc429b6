import { readSettings, type Step, type StudioSettings } from '../../session/index.ts';

/** How an edit of the history ended, or that it has not. */
export type EntryStatus = 'running' | 'done' | 'stopped' | 'failed' | 'interrupted';

/** An edit as the browser keeps it. */
export interface HistoryEntry {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly status: EntryStatus;
  readonly settings: StudioSettings;
  readonly weights: string;
  /** The engine's name of the edit, by which a server knows it. */
  readonly runId: string | null;
  /** The picture's file as it was given, and the mask as a PNG file. */
  readonly picture: Blob;
  readonly mask: Blob | null;
  /** The picture as it was edited: cut and resized. */
  readonly before: Blob | null;
  /** The result, or the last preview. */
  readonly after: Blob | null;
  readonly steps: readonly Step[];
  readonly trajectory: Blob | null;
}

/** A preview of an edit. */
export interface KeptPreview {
  readonly id: string;
  readonly iteration: number;
  readonly picture: Blob;
}

const NAME = 'lusd-studio';
const VERSION = 1;
/** Entries that are read in one task: all of a long history would stop the page. */
const AT_ONCE = 16;

/** The history's database: entries by their id, previews by id and iteration. */
export class HistoryDatabase {
  private constructor(private readonly database: IDBDatabase) {}

  /** @throws DOMException where the browser keeps nothing, as in some private windows */
  static async open(): Promise<HistoryDatabase> {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('entries', { keyPath: 'id' });
      request.result.createObjectStore('previews', { keyPath: ['id', 'iteration'] });
    };
    return new HistoryDatabase(await settled(request));
  }

  /** All entries, the latest first. */
  async entries(): Promise<HistoryEntry[]> {
    const entries: HistoryEntry[] = [];
    for (let last: string | undefined; ; last = entries.at(-1)?.id) {
      const after = last === undefined ? null : IDBKeyRange.lowerBound(last, true);
      const some = await settled<HistoryEntry[]>(this.store('entries', 'readonly').getAll(after, AT_ONCE));
      entries.push(...some.map((entry) => ({ ...entry, settings: readSettings(entry.settings) })));
      if (some.length < AT_ONCE) return entries.sort((a, b) => b.startedAt - a.startedAt);
    }
  }

  /** @throws DOMException QuotaExceededError if the disk is full */
  async put(entry: HistoryEntry): Promise<void> {
    await settled(this.store('entries', 'readwrite').put(entry));
  }

  async putPreview(preview: KeptPreview): Promise<void> {
    await settled(this.store('previews', 'readwrite').put(preview));
  }

  /** In the order of their iterations. */
  async previews(id: string): Promise<KeptPreview[]> {
    return settled<KeptPreview[]>(this.store('previews', 'readonly').getAll(rangeOf(id)));
  }

  /** Removes an entry and its previews. */
  async remove(id: string): Promise<void> {
    await settled(this.store('entries', 'readwrite').delete(id));
    await settled(this.store('previews', 'readwrite').delete(rangeOf(id)));
  }

  private store(name: 'entries' | 'previews', mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction(name, mode).objectStore(name);
  }
}

function rangeOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, 0], [id, Number.POSITIVE_INFINITY]);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
