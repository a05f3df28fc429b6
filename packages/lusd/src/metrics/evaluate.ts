import type { Scores } from './aggregate.ts';
import type { Item } from './item.ts';
import type { Metric, Subject } from './metric.ts';
import type { MetricModels } from './models.ts';
import { type PictureSources, SubjectReader } from './subject.ts';
import type { ScoredItem } from './summary.ts';

/** An item and its scores, one of each metric; NaN where a metric is not defined for it. */
export interface ItemScores extends ScoredItem {
  readonly item: Item;
}

/** What an evaluation reads its pictures and computes its metrics with. */
export interface EvaluationOptions extends PictureSources {
  readonly metrics: readonly Metric[];
  /** Those that the metrics name. */
  readonly models: Partial<MetricModels>;
  /** Items at once, whose pictures are in memory and which models see in the same batches. Default 8. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /**
   * Called for an item that is left out because a picture cannot be decoded or a text is too long. Without it the
   * first such item ends the evaluation.
   */
  readonly onFailure?: (item: Item, error: unknown) => void;
}

const BATCH_SIZE = 8;

/**
 * Computes the metrics of each item, in the items' order.
 *
 * @throws the signal's reason; Error naming a picture or a text that cannot be used, without `onFailure`
 */
export async function* evaluate(
  items: readonly Item[],
  options: EvaluationOptions,
): AsyncGenerator<ItemScores, void> {
  const { batchSize = BATCH_SIZE, signal, onFailure } = options;
  for (let start = 0; start < items.length; start += batchSize) {
    signal?.throwIfAborted();
    const batch = items.slice(start, start + batchSize);
    const reader = new SubjectReader(options.metrics, options);
    // All pictures are read first, so that models see the whole batch at once.
    const subjects = await Promise.allSettled(batch.map((item) => reader.read(item)));
    const outcomes = await Promise.allSettled(
      batch.map(async (item, i) => scoreItem(item, fulfilled(subjects[i]!), options)),
    );
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected' && onFailure) onFailure(batch[i]!, outcome.reason);
      else yield fulfilled(outcome);
    }
  }
}

/** @throws the reason of a rejected outcome */
function fulfilled<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

async function scoreItem(
  item: Item,
  subject: Subject,
  { metrics, models }: EvaluationOptions,
): Promise<ItemScores> {
  const values = await Promise.all(
    metrics.map(async (metric) => {
      const compute = () => metric.compute(subject, models);
      return [metric.name, await scoreOne(item, metric, compute)];
    }),
  );
  const { id, group, categories } = item;
  return { item, id, group, categories, scores: Object.fromEntries(values) as Scores };
}

/** @throws Error naming the item and the metric */
async function scoreOne(item: Item, { name }: Metric, compute: () => Promise<number>): Promise<number> {
  try {
    return await compute();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${name} of ${item.result} cannot be computed. ${reason}`, { cause });
  }
}
