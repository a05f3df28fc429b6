import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatNumbers, type Item, parseScores, type Scores } from '@lusd/lusd/metrics';
import { writeWholeFile } from '@lusd/sd-models/node';
import { makeFolder } from '../files.ts';
import { sha256OfFile, sha256OfText } from './sha256.ts';

/** An item's scores, and the adapter that its models ran on, if there were any. */
export interface ScoredResult {
  readonly item: Item;
  readonly scores: Scores;
  readonly device: string | null;
}

/**
 * Scores that are kept in an evaluation's folder, `.cache/{id}.json` each, so that an evaluation that was stopped goes
 * on, and one that is split ends up in one place. They hold for the very pictures, texts and settings that made them.
 */
export class ScoreStore {
  private readonly folder: string;
  private readonly settings: string;
  private readonly sums = new Map<string, Promise<string>>();

  /** @param settings all that scores depend on besides an item: metrics, models, options */
  constructor(outputDir: string, settings: unknown) {
    this.folder = join(outputDir, '.cache');
    this.settings = JSON.stringify(settings);
  }

  /** The item's scores, or null if there are none of these pictures and settings. */
  async read(item: Item): Promise<ScoredResult | null> {
    const text = await readFile(this.path(item), 'utf8').catch(() => null);
    if (text === null) return null;
    const stored = parseStored(text);
    if (stored.fingerprint !== (await this.fingerprint(item))) return null;
    const scores = parseScores(stored.scores);
    const device = typeof stored.device === 'string' ? stored.device : null;
    return scores && { item, scores, device };
  }

  /** @throws Error naming the file if it cannot be written */
  async write({ item, scores, device }: ScoredResult): Promise<void> {
    await makeFolder(this.folder);
    const fingerprint = await this.fingerprint(item);
    await writeWholeFile(this.path(item), formatNumbers({ fingerprint, device, scores }));
  }

  private path({ id }: Item): string {
    return join(this.folder, `${id}.json`);
  }

  private async fingerprint({ result, source, groundTruth, mask, texts, frame }: Item): Promise<string> {
    const files = [result, source, groundTruth, mask?.kind === 'file' ? mask.path : undefined];
    const sums = await Promise.all(files.map((file) => (file === undefined ? null : this.sumOf(file))));
    const runs = mask?.kind === 'runs' ? mask.runs : null;
    return sha256OfText(JSON.stringify([sums, runs, texts, frame, this.settings]));
  }

  /** A source is many results' source, so each file is read once. */
  private sumOf(path: string): Promise<string> {
    const sum = this.sums.get(path) ?? sha256OfFile(path);
    this.sums.set(path, sum);
    return sum;
  }
}

interface Stored {
  readonly fingerprint?: unknown;
  readonly device?: unknown;
  readonly scores?: unknown;
}

/** A file that was written by something else counts as none. */
function parseStored(text: string): Stored {
  try {
    const stored: unknown = JSON.parse(text);
    return typeof stored === 'object' && stored !== null ? stored : {};
  } catch {
    return {};
  }
}
