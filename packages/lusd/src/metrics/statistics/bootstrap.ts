import { TorchCpuGenerator } from '@lusd/tensor';

/** How intervals are estimated. */
export interface BootstrapOptions {
  /** Of the drawn groups. Default 0. */
  readonly seed?: number;
  /** How often groups are drawn. Default 2,000. */
  readonly resamples?: number;
}

/** Where a value lies with 95 % confidence; NaN where no resample has the value. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const DEFAULT_SEED = 0;
const DEFAULT_RESAMPLES = 2000;

/**
 * The 95 % percentile interval of a statistic, by drawing whole groups with replacement, as many as there are. One
 * seed draws the same groups for every statistic.
 *
 * @param groups what the statistic is a function of, summed over each group's results, such as a session's turns; all
 *   of one length
 * @param statistic of the sums over all drawn groups; resamples in which it is NaN do not count
 * @throws RangeError if there are no groups
 * Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), 13.3. The draws are those of
 * `torch.randint(0, len(groups), (len(groups),))`, and the percentiles `numpy.percentile`'s.
 */
export function bootstrapInterval(
  groups: readonly Float64Array[],
  statistic: (sums: Float64Array) => number,
  { seed = DEFAULT_SEED, resamples = DEFAULT_RESAMPLES }: BootstrapOptions = {},
): Interval {
  if (groups.length === 0) throw new RangeError('There are no groups to draw from.');
  const generator = new TorchCpuGenerator(seed);
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const sums = new Float64Array(groups[0]!.length);
    for (const group of generator.randintArray(0, groups.length, groups.length)) addTo(sums, groups[group]!);
    const value = statistic(sums);
    if (!Number.isNaN(value)) values.push(value);
  }
  const sorted = Float64Array.from(values).sort();
  return { low: percentile(sorted, 0.025), high: percentile(sorted, 0.975) };
}

/** Adds the terms to the sums. */
export function addTo(sums: Float64Array, terms: ArrayLike<number>): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += terms[i]!;
}

/** By linear interpolation, as `numpy.percentile`; NaN of no values. */
function percentile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  // Equal infinities would give NaN.
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}
