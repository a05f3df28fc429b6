import { evaluate, type Item, type ItemScores, type Metric, type MetricModels } from '@lusd/lusd/metrics';
import type { PixelSource } from '@lusd/sd-models/node';
import { PictureReader } from '../pictureReader.ts';
import type { Log } from '../ui/log.ts';
import { Progress } from '../ui/progress.ts';
import type { ScoreStore } from './scoreStore.ts';

/** How items are scored. */
export interface ScoringOptions {
  readonly metrics: readonly Metric[];
  readonly models: Partial<MetricModels>;
  readonly batchSize: number;
  readonly pixels: PixelSource;
  /** Leaves out items that cannot be scored, instead of stopping at the first. */
  readonly allowIncomplete?: true | undefined;
  /** Keeps the scores as they come; null: nowhere. */
  readonly store: ScoreStore | null;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Scores the items, logs each and keeps it. @throws Error naming what cannot be scored, unless that is allowed */
export async function scoreItems(items: readonly Item[], options: ScoringOptions): Promise<ItemScores[]> {
  const { metrics, models, batchSize, pixels, allowIncomplete, store, log, signal } = options;
  const scored: ItemScores[] = [];
  const pictures = new PictureReader(pixels, log);
  using progress = new Progress(log, items.length, { unit: 'results' });
  const onFailure = (item: Item, error: unknown) =>
    log.error(error, item.labels, `${item.result} is skipped`);
  const running = evaluate(items, {
    metrics,
    models,
    batchSize,
    signal,
    readImage: (path) => pictures.readImage(path),
    readMask: (path) => pictures.readMask(path),
    ...(allowIncomplete && { onFailure }),
  });
  for await (const result of running) {
    await store?.write(result.item, result.scores);
    scored.push(result);
    progress.update(scored.length);
    log.event('scores', { ...result.item.labels, ...result.scores });
  }
  return scored;
}
