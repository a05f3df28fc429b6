import type { Device } from '../gpu/device.ts';
import { type GemmPlan, type GemmSize, gemmKey, gemmPlans } from '../gpu/gemmTuning.ts';
import { recallProducts, rememberProducts, useProducts } from './tunedProducts.ts';
import { warmUp } from './warmUp.ts';

/** What was measured. */
export interface TunedProducts {
  readonly products: readonly TunedProduct[];
  /** Where it is kept; null if it could not be, so that only this device uses it. */
  readonly file: string | null;
}

/** One size of product, as it was measured. */
export interface TunedProduct {
  readonly size: GemmSize;
  /** How often the body computed it. */
  readonly count: number;
  /** Multiply-adds of one, times two. */
  readonly flops: number;
  /** The fastest plan, and how long one product took with it. */
  readonly plan: GemmPlan;
  readonly milliseconds: number;
  /** How long it took with the plan chosen by estimate. */
  readonly estimatedMilliseconds: number;
}

/** What a caller of `tuneProducts` may want to know meanwhile. */
export interface TuneOptions {
  /** Called after each way that was measured. */
  onProgress?: (done: number, total: number) => void;
}

/** A plan replaces the estimate's only if it takes less than this part of its time: timestamps are noisy. */
const GAIN = 0.97;

/**
 * Measures on `device` every way to compute each product that `body` launches, by timestamps, and takes the fastest into
 * use: here, and in later processes that open the same adapter. `body` is run for each way: once to compile, for a moment to
 * warm up, and once to measure.
 * @throws TensorError if the adapter has no timestamp-query
 */
export async function tuneProducts(
  device: Device,
  body: () => void | Promise<void>,
  { onProgress }: TuneOptions = {},
): Promise<TunedProducts> {
  const products = new Map<string, Product>();
  const planOf = (way: number) => (size: GemmSize) => {
    const key = gemmKey(size);
    const product = products.get(key) ?? new Product(size, gemmPlans(device.tuning.facts, size));
    products.set(key, product);
    return product.plan(way);
  };
  let ways = 1;
  for (let way = 0; way < ways; way++) {
    using _ = device.tuning.override({ gemmPlan: planOf(way) });
    await body();
    await warmUp(device, body);
    for (const row of await device.profile(body)) products.get(row.label)?.measure(way, row);
    ways = Math.max(...Array.from(products.values(), ({ plans }) => plans.length));
    onProgress?.(way + 1, ways);
  }
  const tuned = Array.from(products.values(), (product) => product.result());
  const date = new Date().toISOString().slice(0, 10);
  const file = await rememberProducts(device, tuned, date);
  if (file === null) useProducts(device, tuned, date);
  else await recallProducts(device);
  return { products: tuned, file };
}

class Product {
  private readonly milliseconds: number[];
  private count = Number.POSITIVE_INFINITY;

  constructor(
    private readonly size: GemmSize,
    readonly plans: readonly [GemmPlan, ...GemmPlan[]],
  ) {
    this.milliseconds = plans.map(() => 0);
  }

  plan(way: number): GemmPlan {
    return this.plans[way] ?? this.plans[0];
  }

  /** Adds the time of one kernel: a split product has a second, which sums its parts, and joined ones launch that one each. */
  measure(way: number, { count, milliseconds }: { count: number; milliseconds: number }): void {
    if (way >= this.plans.length) return;
    this.count = Math.min(this.count, count);
    this.milliseconds[way] = (this.milliseconds[way] ?? 0) + milliseconds;
  }

  result(): TunedProduct {
    const { size, milliseconds } = this;
    const { m, n, k, batch } = size;
    const count = Number.isFinite(this.count) ? this.count : 0;
    const [estimated = 0] = milliseconds;
    const fastest = milliseconds.indexOf(Math.min(...milliseconds));
    const best = milliseconds[fastest]! < GAIN * estimated ? fastest : 0;
    return {
      size,
      count,
      flops: 2 * m * n * k * batch,
      plan: this.plan(best),
      milliseconds: milliseconds[best]! / Math.max(1, count),
      estimatedMilliseconds: estimated / Math.max(1, count),
    };
  }
}
