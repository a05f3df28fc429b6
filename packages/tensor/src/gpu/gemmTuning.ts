import { type AdapterFacts, knownSubgroup, type MatrixUnit } from './facts.ts';

/**
 * How one workgroup computes its tile of a matrix product.
 *
 * `broadcast`: no workgroup memory. Lanes lie along the columns, four each, and hold `rows` rows; every lane of a
 * subgroup loads one row's values, which `subgroupBroadcast` hands to all. Needs the exact subgroup size.
 *
 * `shared`: `depth` steps of both operands are staged in workgroup memory; a thread holds `threadRows` x
 * `threadColumns` of the `rows` x `columns` tile.
 *
 * `matrix`: both operands, of f16, are staged in workgroup memory, in one buffer or in two by turns; a subgroup
 * multiplies `subgroupRows` x `subgroupColumns` of the tile, a `unit` at a time, in the adapter's matrix units. Needs the
 * exact subgroup size.
 *
 * `pin`: the size that the kernel's subgroups are pinned to, if any.
 */
export type GemmTile =
  | {
      readonly kind: 'broadcast';
      readonly rows: number;
      readonly columns: number;
      readonly subgroupSize: number;
      readonly pin: number | null;
    }
  | {
      readonly kind: 'shared';
      readonly rows: number;
      readonly columns: number;
      readonly depth: number;
      readonly threadRows: number;
      readonly threadColumns: number;
      readonly pin: number | null;
    }
  | {
      readonly kind: 'matrix';
      readonly rows: number;
      readonly columns: number;
      readonly depth: number;
      readonly unit: MatrixUnit;
      readonly subgroupSize: number;
      readonly subgroupRows: number;
      readonly subgroupColumns: number;
      readonly buffers: 1 | 2;
      readonly pin: number | null;
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

/** Tiles of GPUs without matrix units, or for f32. */
function sharedTiles(facts: AdapterFacts): readonly [GemmTile, GemmTile] {
  const pin = knownSubgroup(facts)?.pin ?? null;
  return [
    { kind: 'shared', rows: 128, columns: 128, depth: 16, threadRows: 8, threadColumns: 8, pin },
    { kind: 'shared', rows: 64, columns: 64, depth: 32, threadRows: 4, threadColumns: 4, pin },
  ];
}

/** One subgroup wide: wider tiles are no faster on many columns, and idle on few. */
function broadcastTile({ subgroupMinSize }: AdapterFacts, rows: number): GemmTile {
  return { kind: 'broadcast', rows, columns: 4 * subgroupMinSize, subgroupSize: subgroupMinSize, pin: null };
}

/** [rows, columns] of the tile, and of each subgroup's part. */
const MATRIX_TILES = [
  { rows: 128, columns: 128, subgroupRows: 32, subgroupColumns: 64 },
  { rows: 64, columns: 64, subgroupRows: 32, subgroupColumns: 32 },
] as const;

/** Tiles of matrix units, the largest first; none where they cannot be used. */
function matrixTiles(facts: AdapterFacts): GemmTile[] {
  const unit = facts.matrixUnit;
  const subgroup = knownSubgroup(facts);
  if (!unit || subgroup?.size !== 32) return [];
  return MATRIX_TILES.map((tile) => ({
    kind: 'matrix',
    ...tile,
    depth: 32,
    unit,
    subgroupSize: subgroup.size,
    buffers: 1,
    pin: subgroup.pin,
  }));
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
  tiles: (facts, { halves }) => {
    const [first, ...others] = halves ? matrixTiles(facts) : [];
    return first ? [first, ...others] : sharedTiles(facts);
  },
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

/** Every tile that may be chosen on an adapter with these facts, for products of halves or of others. */
export function gemmCandidates(facts: AdapterFacts, halves: boolean): readonly GemmTile[] {
  const row = ROWS.find((candidate) => candidate.matches(facts)) ?? DEFAULT;
  return row.tiles(facts, { m: 1, n: 1, k: 1, batch: 1, halves });
}
