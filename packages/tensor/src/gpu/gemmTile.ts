import type { MatrixUnit } from './facts.ts';

/**
 * How one workgroup computes its tile of a matrix product.
 *
 * `broadcast`: no workgroup memory. Lanes lie along the columns, four each, and hold `rows` rows; every lane of a
 * subgroup loads one row's values, which `subgroupBroadcast` hands to all. Needs the exact subgroup size.
 *
 * `shared`: `depth` steps of both operands are staged in workgroup memory; a thread holds `threadRows` x
 * `threadColumns` of the `rows` x `columns` tile.
 *
 * `matrix`: both operands, of f16, are staged in workgroup memory, in one buffer or in two by turns: with the elements
 * of the inner dimension side by side (`inner`), or as the operand lies in memory (`natural`). A subgroup multiplies
 * `subgroupRows` x `subgroupColumns` of the tile, a `unit` at a time, in the adapter's matrix units. Each step's depth is
 * cut into `slices`, each of which has its own subgroups; their sums are added in order at the end. Needs the exact
 * subgroup size.
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
      readonly slices: number;
      readonly buffers: 1 | 2;
      readonly staged: 'inner' | 'natural';
      readonly pin: number | null;
    };

/** Steps along the inner dimension that a tile takes at once. */
export function depthOf(tile: GemmTile): number {
  return tile.kind === 'broadcast' ? 4 : tile.depth;
}

/** Threads of a workgroup that computes a tile. */
export function threadsOf(tile: GemmTile): number {
  switch (tile.kind) {
    case 'broadcast':
      return tile.columns / 4;
    case 'shared':
      return (tile.rows / tile.threadRows) * (tile.columns / tile.threadColumns);
    case 'matrix':
      return subgroupsOfSlice(tile) * tile.slices * tile.subgroupSize;
  }
}

/** Subgroups that share out the rows and columns of a tile of matrix units. */
export function subgroupsOfSlice(tile: Extract<GemmTile, { kind: 'matrix' }>): number {
  return (tile.rows / tile.subgroupRows) * (tile.columns / tile.subgroupColumns);
}
