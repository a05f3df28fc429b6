import { evaluate, type Item, type Metric, type MetricModels } from '@lusd/lusd/metrics';
import type { PixelSource } from '@lusd/sd-models/node';
import { PictureReader } from '../pictureReader.ts';
import type { Log } from '../ui/log.ts';
import { Progress } from '../ui/progress.ts';
import type { ScoredResult } from './scoreStore.ts';

/** How items are scored. */
export interface ScoringOptions {
  readonly metrics: readonly Metric[];
  readonly models: Partial<MetricModels>;
  /** Name of the models' adapter; null where there are none. */
  readonly device: string | null;
  readonly batchSize: number;
  readonly pixels: PixelSource;
  /** Leaves out items that cannot be scored, instead of stopping at the first. */
  readonly allowIncomplete?: true | undefined;
  /** Called for each as it comes, before the next one is begun. */
  readonly onScored: (result: ScoredResult) => Promise<void>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Scores the items and logs each. @throws Error naming what cannot be scored, unless that is allowed */
export async function scoreItems(items: readonly Item[], options: ScoringOptions): Promise<void> {
  const { metrics, models, device, batchSize, pixels, allowIncomplete, onScored, log, signal } = options;
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
  let done = 0;
  for await (const { item, scores } of running) {
    await onScored({ item, scores, device });
    done += 1;
    progress.update(done);
    log.event('scores', { ...item.labels, ...scores });
  }
}
