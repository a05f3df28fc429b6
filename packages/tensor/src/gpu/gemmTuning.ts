import type { AdapterFacts } from './facts.ts';
import { type GemmCandidate, gemmCandidates } from './gemmFamilies.ts';
import { type GemmTile, threadsOf } from './gemmTile.ts';

/** How a product is computed on an adapter. */
export interface GemmPlan {
  readonly tile: GemmTile;
  /** Parts, summed afterwards, into which the inner dimension is cut. */
  readonly splits: number;
  /** Whether the transposed product is computed, so that lanes lie along the rows. */
  readonly transposed: boolean;
}

/** Sizes of `batch` products [m, k] x [k, n]. */
export interface GemmSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
  /** Whether both operands are f16, as matrix units want them. */
  readonly halves: boolean;
}

/** A size in words, such as `[8192, 320] x [320, 320] f16`: what measured plans are kept by. */
export function gemmKey({ m, n, k, batch, halves }: GemmSize): string {
  return `${batch > 1 ? `${batch} x ` : ''}[${m}, ${k}] x [${k}, ${n}] ${halves ? 'f16' : 'f32'}`;
}

/** Least inner length of one part of a split. */
const LEAST_DEPTH = 256;

function tilesOf(tile: GemmTile, { m, n, batch }: GemmSize): number {
  return Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch;
}

/** How many parts of the inner dimension it takes to occupy `workgroups`. */
function splitsFor(tile: GemmTile, size: GemmSize, workgroups: number): number {
  const missing = Math.floor(workgroups / Math.max(1, tilesOf(tile, size)));
  return Math.max(1, Math.min(missing, Math.floor(size.k / LEAST_DEPTH)));
}

/** Workgroups that keep a software adapter busy. */
const SOFTWARE_WORKGROUPS = 8;
/** Up to this many columns the transposed product is faster there. */
const FEW_COLUMNS = 16;

/** A broadcast tile pays for idle rows. */
function planBroadcast(candidates: readonly GemmCandidate[], size: GemmSize): GemmPlan {
  const transposed = FEW_COLUMNS >= size.n && size.m > size.n;
  const turned = transposed ? { ...size, m: size.n, n: size.m } : size;
  const rowsCost = ({ tile, efficiency }: GemmCandidate) =>
    (Math.ceil(turned.m / tile.rows) * tile.rows) / efficiency;
  const { tile } = candidates.reduce((best, candidate) =>
    rowsCost(candidate) < rowsCost(best) ? candidate : best,
  );
  return { tile, splits: splitsFor(tile, turned, SOFTWARE_WORKGROUPS), transposed };
}

/** Threads that keep a large GPU busy: 128 processors with 256 each. */
const BUSY_THREADS = 32768;
/** Multiply-adds that a GPU does in the time that it moves one f32. */
const BALANCE = 200;
/** Multiply-adds that a GPU does in the time that one more launch takes: 3 us, at the speed that BALANCE is of. */
const LAUNCH = 5e8;

/**
 * What a product costs, in multiply-adds of a busy GPU: those of the padded tiles, over the share of its threads that
 * have work, and the parts of a split, which are written, and read again by a launch of their own.
 */
function costOf({ tile, efficiency, start }: GemmCandidate, splits: number, size: GemmSize): number {
  const tiles = tilesOf(tile, size);
  const busy = Math.min(1, (tiles * splits * threadsOf(tile)) / BUSY_THREADS);
  const depth = size.k + splits * start;
  const multiply = (tiles * tile.rows * tile.columns * depth) / (efficiency * busy);
  return splits === 1 ? multiply : multiply + 2 * splits * size.m * size.n * size.batch * BALANCE + LAUNCH;
}

/** Every tile, whole and with the inner dimension cut, the cheapest by estimate first. */
function plansByCost(
  candidates: readonly GemmCandidate[],
  size: GemmSize,
): readonly [GemmPlan, ...GemmPlan[]] {
  const plans = candidates.flatMap((candidate) => {
    const { tile } = candidate;
    const most = splitsFor(tile, size, BUSY_THREADS / threadsOf(tile));
    return [...new Set([1, Math.ceil(most / 2), most])].map((splits) => ({
      plan: { tile, splits, transposed: false },
      cost: costOf(candidate, splits, size),
    }));
  });
  const [first, ...others] = plans.sort((a, b) => a.cost - b.cost).map(({ plan }) => plan);
  return [first!, ...others];
}

/** The ways to compute a product of `size` on an adapter with these facts that are worth measuring, the chosen one first. */
export function gemmPlans(facts: AdapterFacts, size: GemmSize): readonly [GemmPlan, ...GemmPlan[]] {
  const candidates = gemmCandidates(facts, size.halves);
  return isBroadcast(candidates) ? [planBroadcast(candidates, size)] : plansByCost(candidates, size);
}

function isBroadcast([first]: readonly GemmCandidate[]): boolean {
  return first?.tile.kind === 'broadcast';
}

/**
 * The way to compute a product of `size` on an adapter with these facts; by `tile` if one is given, but of matrix units
 * only where both operands are halves.
 */
export function planGemm(facts: AdapterFacts, size: GemmSize, tile?: GemmTile): GemmPlan {
  if (!tile || (tile.kind === 'matrix' && !size.halves)) return gemmPlans(facts, size)[0];
  const given = [{ tile, efficiency: 1, start: 0 }];
  return isBroadcast(given) ? planBroadcast(given, size) : plansByCost(given, size)[0];
}
