import { type AdapterFacts, knownSubgroup, matrixSubgroup } from './facts.ts';
import type { GemmTile } from './gemmTile.ts';

/** A tile to choose from. */
export interface GemmCandidate {
  readonly tile: GemmTile;
  /** Multiply-adds a second, beside those of the family's best tile, where there is work for all threads. */
  readonly efficiency: number;
  /** Elements of the inner dimension that could be multiplied in the time that a tile takes to begin and to end. */
  readonly start: number;
}

/** Adapters that the same tiles suit. */
export interface GemmFamily {
  readonly name: string;
  /** Where the choice comes from. */
  readonly source: string;
  matches(facts: AdapterFacts): boolean;
  /** The tiles of f32 and of mixed products, and of f16 where matrix units cannot be used; the best first. */
  tiles(facts: AdapterFacts): readonly [GemmCandidate, ...GemmCandidate[]];
  /** The tiles in matrix units, the best first; none where they cannot be used. */
  matrixTiles(facts: AdapterFacts): readonly GemmCandidate[];
}

/** [rows, columns, depth, rows of a thread, its columns], and the efficiency. */
type SharedShape = readonly [number, number, number, number, number, number];
/** A tile in matrix units; of one slice, in one buffer, with nothing to count for its start, unless it says so. */
interface MatrixShape extends Pick<GemmCandidate, 'efficiency'>, Partial<Pick<GemmCandidate, 'start'>> {
  readonly tile: readonly [rows: number, columns: number, depth: number];
  readonly subgroup: readonly [rows: number, columns: number];
  readonly slices?: number;
  readonly buffers?: 1 | 2;
}

function shared(facts: AdapterFacts, first: SharedShape, ...others: readonly SharedShape[]) {
  const pin = knownSubgroup(facts)?.pin ?? null;
  const candidate = (shape: SharedShape): GemmCandidate => {
    const [rows, columns, depth, threadRows, threadColumns, efficiency] = shape;
    return {
      tile: { kind: 'shared', rows, columns, depth, threadRows, threadColumns, pin },
      efficiency,
      start: 0,
    };
  };
  return [candidate(first), ...others.map(candidate)] as const;
}

function matrix(
  facts: AdapterFacts,
  shapes: readonly MatrixShape[],
  staged: 'inner' | 'natural' = 'inner',
): readonly GemmCandidate[] {
  const unit = facts.matrixUnit;
  const subgroup = matrixSubgroup(facts);
  if (!unit || !subgroup) return [];
  const { size: subgroupSize, pin } = subgroup;
  return shapes.map((shape): GemmCandidate => {
    const [rows, columns, depth] = shape.tile;
    const [subgroupRows, subgroupColumns] = shape.subgroup;
    const { slices = 1, buffers = 1, efficiency, start = 0 } = shape;
    const parts = { subgroupSize, subgroupRows, subgroupColumns, slices };
    return {
      tile: { kind: 'matrix', rows, columns, depth, unit, ...parts, buffers, staged, pin },
      efficiency,
      start,
    };
  });
}

/** One subgroup wide: wider tiles are no faster on many columns, and idle on few. */
function broadcast(
  { subgroupMinSize: subgroupSize }: AdapterFacts,
  rows: number,
  efficiency: number,
): GemmCandidate {
  return {
    tile: { kind: 'broadcast', rows, columns: 4 * subgroupSize, subgroupSize, pin: null },
    efficiency,
    start: 0,
  };
}

const BROADCAST_SUBGROUPS = [4, 8, 16];

const SOFTWARE: GemmFamily = {
  name: 'software',
  source:
    'measured 2026-11-28, GFLOP per second of processor time: lavapipe (Mesa 25.0.7) 32 rows 38, 16 33, 8 23, 4 14; SwiftShader 32 rows 4.6, 16 5.4, 8 4.1, 4 2.9',
  matches: ({ software, subgroupMinSize, subgroupMaxSize }) =>
    software && subgroupMinSize === subgroupMaxSize && BROADCAST_SUBGROUPS.includes(subgroupMinSize),
  tiles: (facts) => [broadcast(facts, 16, 1), broadcast(facts, 8, 0.73), broadcast(facts, 4, 0.47)],
  matrixTiles: () => [],
};

/** For products of few tiles: a step's depth goes to several subgroups. */
const SLICED_MATRIX: readonly MatrixShape[] = [
  { tile: [64, 64, 64], subgroup: [32, 32], slices: 2, efficiency: 0.85 },
  { tile: [32, 64, 64], subgroup: [32, 32], slices: 4, efficiency: 0.7 },
];
const AMD_MATRIX: readonly MatrixShape[] = [
  { tile: [128, 128, 16], subgroup: [32, 64], buffers: 2, efficiency: 1 },
  { tile: [128, 64, 32], subgroup: [32, 32], efficiency: 0.9 },
  { tile: [64, 64, 32], subgroup: [32, 32], efficiency: 0.85 },
  ...SLICED_MATRIX,
];
const NVIDIA_MATRIX: readonly MatrixShape[] = [
  { tile: [128, 128, 32], subgroup: [64, 64], efficiency: 1, start: 112 },
  { tile: [64, 64, 32], subgroup: [32, 32], efficiency: 0.57 },
  // For a row or a few, such as the embedded timestep's.
  { tile: [16, 64, 64], subgroup: [16, 16], efficiency: 0.3 },
];
const LARGE_SHARED: SharedShape = [128, 128, 16, 8, 8, 1];

const FAMILIES: readonly GemmFamily[] = [
  SOFTWARE,
  {
    name: 'AMD RDNA',
    source:
      'RADV 26.1.6 for navi31, gfx1201, strix1 and navi21 (npm run bench -- isa): 8 subgroups a SIMD (strix1 4), 16 to 32 bytes of workgroup memory a lane for each matrix operation; f32 in subgroups of 32, where 84 to 88 % of multiply-adds are issued in pairs',
    matches: ({ vendor, subgroupMinSize }) => vendor === 'amd' && subgroupMinSize === 32,
    tiles: (facts) => shared(facts, LARGE_SHARED, [128, 64, 16, 8, 8, 0.9], [64, 64, 16, 8, 8, 0.8]),
    matrixTiles: (facts) => matrix(facts, AMD_MATRIX),
  },
  {
    name: 'AMD GCN and CDNA',
    source:
      'RADV 26.1.6 for polaris10, renoir and vega20, 25.0.7 for mi100 (npm run bench -- isa); no matrix units through Vulkan',
    matches: ({ vendor }) => vendor === 'amd',
    tiles: (facts) => shared(facts, [128, 64, 16, 8, 4, 1], [64, 64, 32, 4, 4, 0.9]),
    matrixTiles: () => [],
  },
  {
    name: 'Intel Xe',
    source:
      'registers: 32 x 32 sums of a subgroup are half of what a thread has (Xe2, subgroups of 16; a quarter with 8); not run on one yet',
    matches: ({ vendor }) => vendor === 'intel',
    tiles: (facts) => shared(facts, [64, 64, 32, 4, 4, 1], [32, 64, 16, 4, 4, 0.8]),
    matrixTiles: (facts) =>
      matrix(facts, [
        { tile: [128, 64, 32], subgroup: [32, 32], efficiency: 1 },
        { tile: [64, 64, 32], subgroup: [32, 32], efficiency: 0.9 },
      ]),
  },
  {
    name: 'Apple',
    source: 'the tile of MLX (64 x 64, 2 x 2 subgroups); not run on one yet',
    matches: ({ vendor }) => vendor === 'apple',
    tiles: (facts) => shared(facts, [64, 64, 16, 8, 4, 1], [64, 64, 32, 4, 4, 0.9]),
    matrixTiles: (facts) =>
      matrix(facts, [{ tile: [64, 64, 16], subgroup: [32, 32], buffers: 2, efficiency: 1 }]),
  },
  {
    name: 'NVIDIA with matrix units (since Volta)',
    source:
      'H100, driver 580.159 (2026-11-28, docs/performance.md): 128 x 128 of 64 x 64 a subgroup 153 TFLOP/s, of 32 x 64 98, 128 x 64 110, 64 x 64 91; operands as they lie 1.1 to 1.25 times as fast as with inner elements side by side',
    matches: ({ vendor, matrixUnit }) => vendor === 'nvidia' && matrixUnit !== null,
    tiles: (facts) => shared(facts, LARGE_SHARED, [64, 64, 16, 8, 4, 0.85]),
    matrixTiles: (facts) => matrix(facts, NVIDIA_MATRIX, 'natural'),
  },
];

/** Adapters of which nothing is known, and NVIDIA's before Volta. */
const OTHERS: GemmFamily = {
  name: 'other GPUs',
  source: 'reported elsewhere: 82 % of an A100 by 8 x 8 sums a thread; not run on one yet',
  matches: () => true,
  tiles: (facts) => shared(facts, LARGE_SHARED, [64, 64, 32, 4, 4, 0.8]),
  matrixTiles: (facts) => matrix(facts, AMD_MATRIX),
};

/** The family whose tiles suit an adapter. */
export function gemmFamily(facts: AdapterFacts): GemmFamily {
  return FAMILIES.find((family) => family.matches(facts)) ?? OTHERS;
}

/** The tiles to choose from for products of f16 (`halves`) or others, the best first. */
export function gemmCandidates(
  facts: AdapterFacts,
  halves: boolean,
): readonly [GemmCandidate, ...GemmCandidate[]] {
  const family = gemmFamily(facts);
  const [first, ...others] = halves ? family.matrixTiles(facts) : [];
  return first ? [first, ...others] : family.tiles(facts);
}
