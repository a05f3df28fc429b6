import { type AdapterFacts, type MatrixUnit, matrixSubgroup, mostWorkgroupBytes } from './facts.ts';
import { FLOATS_PAD, HALVES_PAD } from './matrixUnits.ts';

/**
 * How one workgroup computes the scores of a tile of queries and keys in the adapter's matrix units, for operands of
 * f16: both are staged in workgroup memory, `depth` elements of a head at a time. A subgroup has `subgroupRows` queries
 * and all the keys; its lanes get their scores through workgroup memory, those of `storedColumns` keys at a time. Needs
 * the exact subgroup size, at least `subgroupRows`; `pin` is what it is pinned to, if at all.
 */
export interface MatrixScoresTile {
  readonly rows: number;
  readonly columns: number;
  readonly subgroupRows: number;
  readonly storedColumns: number;
  readonly depth: number;
  readonly unit: MatrixUnit;
  readonly subgroupSize: number;
  readonly pin: number | null;
}

/** What a tile of scores keeps in workgroup memory, and which part of it a lane has. */
export interface ScoresLayout {
  readonly threads: number;
  /** From one staged query or key to the next. */
  readonly stride: number;
  /** From one row of stored scores to the next. */
  readonly scoreStride: number;
  /** Neighbouring lanes that share a row of scores. */
  readonly rowLanes: number;
  /** Stored scores of a row that one of them has. */
  readonly laneColumns: number;
  /** How often scores are stored until all columns were. */
  readonly rounds: number;
  /** Workgroup memory in all. */
  readonly bytes: number;
}

export function scoresLayout(tile: MatrixScoresTile): ScoresLayout {
  const { rows, columns, subgroupRows, storedColumns, depth, subgroupSize } = tile;
  const stride = depth + HALVES_PAD;
  const scoreStride = storedColumns + FLOATS_PAD;
  const rowLanes = subgroupSize / subgroupRows;
  return {
    threads: (rows / subgroupRows) * subgroupSize,
    stride,
    scoreStride,
    rowLanes,
    laneColumns: storedColumns / rowLanes,
    rounds: columns / storedColumns,
    bytes: 2 * (rows + columns) * stride + 4 * rows * scoreStride,
  };
}

const SUBGROUP_SIZE = 32;
const SUBGROUP_ROWS = 16;
const COLUMNS = 32;
const STORED_COLUMNS = 16;
/** Elements of a head at a time: heads of up to 80 whole, larger ones in equal parts. */
const MOST_DEPTH = 80;
/** Of a workgroup, which share the staged keys; fewer where there is no room for more. */
const SUBGROUPS = [8, 6, 4];

/**
 * The tile of matrix units for the scores of heads of `headSize` f16, on an adapter with `workgroupBytes` of workgroup
 * memory; null where there are no matrix units, or no room.
 */
export function planMatrixScores(
  facts: AdapterFacts,
  workgroupBytes: number,
  headSize: number,
): MatrixScoresTile | null {
  const { software, matrixUnit: unit } = facts;
  const subgroup = matrixSubgroup(facts);
  if (software || !unit || SUBGROUP_ROWS % unit.m !== 0 || subgroup?.size !== SUBGROUP_SIZE) return null;
  const part = headSize / Math.ceil(headSize / MOST_DEPTH);
  const tiles = SUBGROUPS.map((subgroups) => ({
    rows: subgroups * SUBGROUP_ROWS,
    columns: COLUMNS,
    subgroupRows: SUBGROUP_ROWS,
    storedColumns: STORED_COLUMNS,
    depth: Math.ceil(part / unit.k) * unit.k,
    unit,
    subgroupSize: subgroup.size,
    pin: subgroup.pin,
  }));
  const most = Math.min(workgroupBytes, mostWorkgroupBytes(facts));
  return tiles.find((tile) => scoresLayout(tile).bytes <= most) ?? null;
}
