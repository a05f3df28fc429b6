import type { Item } from '@lusd/lusd/metrics';
import { type Shard, takeShard } from '../run/shard.ts';
import type { Log } from '../ui/log.ts';
import type { Benchmark } from './benchmarks/benchmark.ts';
import type { EmbeddingCache } from './embeddingCache.ts';
import type { EvalFlags } from './evalOptions.ts';
import { withModels } from './loadModels.ts';
import type { PlannedModel } from './modelPlan.ts';
import { scoreItems } from './scoreItems.ts';
import type { ScoredResult, ScoreStore } from './scoreStore.ts';

/** What a part of an evaluation works with. */
export interface Scoring {
  readonly benchmark: Benchmark;
  readonly planned: readonly PlannedModel[];
  readonly shard: Shard;
  /** Keeps scores, of this part and the others; null: nowhere. */
  readonly store: ScoreStore | null;
  /** Keeps embeddings, of this evaluation and others; null: nowhere. */
  readonly embeddings: EmbeddingCache | null;
  readonly flags: EvalFlags;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Scores what has no scores yet of the part, and gives all there are then, of the other parts too, in order. */
export async function scoreBenchmark(scoring: Scoring): Promise<readonly ScoredResult[]> {
  const { benchmark, shard, store, log } = scoring;
  const own = takeShard(benchmark.items, shard);
  const known = await readAll(own, store);
  const todo = own.filter((item) => !known.has(item));
  if (known.size > 0)
    log.event('skipped', { count: known.size }, `${known.size} of ${own.length} are already scored.`);
  for (const result of await scoreRest(todo, scoring)) known.set(result.item, result);
  const others = benchmark.items.filter((item) => !known.has(item));
  const ofOthers = shard.count > 1 ? await readAll(others, store) : new Map<Item, ScoredResult>();
  return benchmark.items.flatMap((item) => known.get(item) ?? ofOthers.get(item) ?? []);
}

async function readAll(items: readonly Item[], store: ScoreStore | null): Promise<Map<Item, ScoredResult>> {
  const results = new Map<Item, ScoredResult>();
  if (!store) return results;
  for (const item of items) {
    const result = await store.read(item);
    if (result) results.set(item, result);
  }
  return results;
}

async function scoreRest(
  items: readonly Item[],
  { benchmark: { metrics }, planned, store, embeddings, flags, log, signal }: Scoring,
): Promise<readonly ScoredResult[]> {
  const results: ScoredResult[] = [];
  const onScored = async (result: ScoredResult): Promise<void> => {
    await store?.write(result);
    results.push(result);
  };
  if (items.length > 0)
    await withModels(planned, { flags, embeddings, log }, (models, device) =>
      scoreItems(items, { ...flags, metrics, models, device, onScored, log, signal }),
    );
  embeddings?.report();
  return results;
}
