import type { AdapterFacts } from './facts.ts';

/**
 * How one workgroup computes its tile of a matrix product.
 *
 * `broadcast`: no workgroup memory. Lanes lie along the columns, four each, and hold `rows` rows; every lane of a
 * subgroup loads one row's values, which `subgroupBroadcast` hands to all. Needs the exact subgroup size.
 *
 * `shared`: `depth` steps of both operands are staged in workgroup memory; a thread holds `threadRows` x
 * `threadColumns` of the `rows` x `columns` tile.
 *
 * `matrix`: both operands, of f16, are staged in workgroup memory; a subgroup multiplies `subgroupRows` x
 * `subgroupColumns` of the tile in squares of `unit`, in the adapter's matrix units. Needs the exact subgroup size.
 */
export type GemmTile =
  | {
      readonly kind: 'broadcast';
      readonly rows: number;
      readonly columns: number;
      readonly subgroupSize: number;
    }
  | {
      readonly kind: 'shared';
      readonly rows: number;
      readonly columns: number;
      readonly depth: number;
      readonly threadRows: number;
      readonly threadColumns: number;
    }
  | {
      readonly kind: 'matrix';
      readonly rows: number;
      readonly columns: number;
      readonly depth: number;
      readonly unit: number;
      readonly subgroupSize: number;
      readonly subgroupRows: number;
      readonly subgroupColumns: number;
    };

/** Steps along the inner dimension that a tile takes at once. */
export function depthOf(tile: GemmTile): number {
  return tile.kind === 'broadcast' ? 4 : tile.depth;
}

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

/** What was measured to be best on a family of adapters. */
interface TuningRow {
  readonly matches: (facts: AdapterFacts) => boolean;
  /** Tiles to choose from, the preferred one first. */
  readonly tiles: (facts: AdapterFacts, size: GemmSize) => readonly [GemmTile, ...GemmTile[]];
  /** Workgroups that keep the adapter busy; below, a smaller tile and then a split inner dimension is used. */
  readonly workgroups: number;
  /** Least inner length of one part of a split. */
  readonly leastDepth: number;
  /** Up to this many columns the transposed product is faster. */
  readonly fewColumns: number;
}

const LARGE: GemmTile = {
  kind: 'shared',
  rows: 128,
  columns: 128,
  depth: 16,
  threadRows: 8,
  threadColumns: 8,
};
const SMALL: GemmTile = { kind: 'shared', rows: 64, columns: 64, depth: 32, threadRows: 4, threadColumns: 4 };

/** One subgroup wide: wider tiles are no faster on many columns, and idle on few. */
function broadcastTile({ subgroupMinSize }: AdapterFacts, rows: number): GemmTile {
  return { kind: 'broadcast', rows, columns: 4 * subgroupMinSize, subgroupSize: subgroupMinSize };
}

/**
 * Square tiles of eight or four subgroups, each with 32 rows; as deep as lets every thread stage one 4 x 4 block of
 * either operand.
 */
function matrixTile({ subgroupMinSize, matrixUnit }: AdapterFacts, edge: 64 | 128): GemmTile {
  const subgroups = edge === 128 ? 8 : 4;
  return {
    kind: 'matrix',
    rows: edge,
    columns: edge,
    depth: (16 * subgroups * subgroupMinSize) / edge,
    unit: matrixUnit,
    subgroupSize: subgroupMinSize,
    subgroupRows: 32,
    subgroupColumns: edge / 2,
  };
}

/** Written for subgroups of 32, all of one size, in which a tile is 32 deep. */
function canUseMatrixUnits({ matrixUnit, subgroupMinSize, subgroupMaxSize }: AdapterFacts): boolean {
  return matrixUnit > 0 && 32 % matrixUnit === 0 && subgroupMinSize === 32 && subgroupMaxSize === 32;
}

function hasFixedSubgroup(facts: AdapterFacts): boolean {
  const { subgroupMinSize, subgroupMaxSize } = facts;
  return subgroupMinSize === subgroupMaxSize && [4, 8, 16].includes(subgroupMinSize);
}

const ROWS: readonly TuningRow[] = [
  // lavapipe (Mesa 25.0.7, Zen 4, 2 cores), 2026-11-23: 16 rows 35-38 GFLOP/s, 8 rows 25-30, shared tiles 6-28;
  // SwiftShader (Chromium 147): 8.5, 8.6. docs/performance.md.
  {
    matches: (facts) => facts.software && hasFixedSubgroup(facts),
    tiles: (facts) => [broadcastTile(facts, 16), broadcastTile(facts, 8), broadcastTile(facts, 4)],
    workgroups: 8,
    leastDepth: 256,
    fewColumns: 16,
  },
];

/** GPUs not measured yet: the tiles reported to do well on large ones (docs/performance.md). */
const DEFAULT: TuningRow = {
  matches: () => true,
  tiles: (facts, { halves }) =>
    halves && canUseMatrixUnits(facts) ? [matrixTile(facts, 128), matrixTile(facts, 64)] : [LARGE, SMALL],
  workgroups: 256,
  leastDepth: 256,
  fewColumns: 0,
};

function workgroupsOf(tile: GemmTile, { m, n, batch }: GemmSize): number {
  return Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch;
}

/** A broadcast tile pays for idle rows, a shared one for idle processors. */
function chooseTile(row: TuningRow, facts: AdapterFacts, size: GemmSize): GemmTile {
  const [preferred, ...smaller] = row.tiles(facts, size);
  let chosen = preferred;
  for (const tile of smaller) {
    const suits =
      tile.kind === 'broadcast' ? size.m <= tile.rows : workgroupsOf(chosen, size) < row.workgroups;
    if (suits) chosen = tile;
  }
  return chosen;
}

/**
 * The way to compute a product of `size` on an adapter with these facts; by `tile` if one is given, but of matrix units
 * only where both operands are halves.
 */
export function planGemm(facts: AdapterFacts, size: GemmSize, tile?: GemmTile): GemmPlan {
  const row = ROWS.find((candidate) => candidate.matches(facts)) ?? DEFAULT;
  const transposed = row.fewColumns >= size.n && size.m > size.n;
  const turned = transposed ? { ...size, m: size.n, n: size.m } : size;
  const given = tile?.kind === 'matrix' && !size.halves ? undefined : tile;
  const chosen = given ?? chooseTile(row, facts, turned);
  const missing = Math.floor(row.workgroups / Math.max(1, workgroupsOf(chosen, turned)));
  const splits = Math.max(1, Math.min(missing, Math.floor(size.k / row.leastDepth)));
  return { tile: chosen, splits, transposed };
}
