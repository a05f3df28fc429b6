import { type AdapterFacts, type MatrixUnit, matrixSubgroup, mostWorkgroupBytes } from './facts.ts';
import { FLOATS_PAD, HALVES_PAD } from './matrixUnits.ts';

/**
 * How one workgroup computes attention in the adapter's matrix units, for operands of f16: it holds `rows` queries, and
 * keys and values are staged in workgroup memory, `columns` at a step, in one buffer by turns or in a buffer each. A
 * subgroup multiplies `subgroupRows` queries, a `unit` at a time; `split` subgroups share their queries, each with a slice
 * of the head, so that a large one does not spill. Values are staged with the keys of an element side by side (`inner`),
 * `valuePad` elements between those of one and the next, or as they lie in memory (`natural`). Needs the exact subgroup
 * size; `pin` is what it is pinned to, if at all.
 */
export interface MatrixAttentionTile {
  readonly kind: 'matrix';
  readonly rows: number;
  readonly columns: number;
  readonly subgroupRows: number;
  readonly split: number;
  readonly buffers: 1 | 2;
  readonly staged: 'inner' | 'natural';
  readonly valuePad: number;
  readonly unit: MatrixUnit;
  readonly subgroupSize: number;
  readonly pin: number | null;
}

/** What a matrix tile makes of a head: sizes in elements, strides of what it keeps in workgroup memory. */
export interface MatrixLayout {
  readonly subgroups: number;
  readonly threads: number;
  /** Elements of a head, filled up with zeros to whole units. */
  readonly head: number;
  /** Elements of a head that one subgroup multiplies and sums. */
  readonly slice: number;
  /** Neighbouring lanes that share a row of scores. */
  readonly rowLanes: number;
  /** Scores of a row that one of them holds. */
  readonly laneColumns: number;
  /** From one staged key to the next, each with its elements side by side. */
  readonly keyStride: number;
  /** From one staged row of values to the next: of an element's keys, or of a key's elements. */
  readonly valueStride: number;
  /** Where the values begin. */
  readonly valueStart: number;
  /** Halves of staged keys and values. */
  readonly staged: number;
  /** From one row of a subgroup's scores to the next. */
  readonly scoreStride: number;
  /** From one row of the scores' exponentials to the next. */
  readonly weightStride: number;
  /** Workgroup memory in all. */
  readonly bytes: number;
}

export function matrixLayout(tile: MatrixAttentionTile, headSize: number): MatrixLayout {
  const { rows, columns, subgroupRows, split, buffers, staged: order, valuePad, unit, subgroupSize } = tile;
  const subgroups = (rows / subgroupRows) * split;
  const threads = subgroups * subgroupSize;
  const slice = roundUp(Math.ceil(headSize / split), Math.max(unit.n, unit.k));
  const head = slice * split;
  const rowLanes = threads / rows;
  const keyStride = head + HALVES_PAD;
  const [valueRows, valueStride] = order === 'natural' ? [columns, keyStride] : [head, columns + valuePad];
  const [keys, values] = [columns * keyStride, valueRows * valueStride];
  const scoreStride = columns + FLOATS_PAD;
  const weightStride = columns + HALVES_PAD;
  const staged = buffers === 2 ? keys + values : Math.max(keys, values);
  return {
    subgroups,
    threads,
    head,
    slice,
    rowLanes,
    laneColumns: columns / rowLanes,
    keyStride,
    valueStride,
    valueStart: buffers === 2 ? keys : 0,
    staged,
    scoreStride,
    weightStride,
    bytes: 2 * staged + 4 * subgroups * subgroupRows * scoreStride + 2 * rows * weightStride + 4 * rows + 16,
  };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

const SUBGROUP_SIZE = 32;
const SUBGROUP_ROWS = 16;
/** Elements of a head whose queries and sums, for 16 rows, leave half of 192 registers to the rest. */
const MOST_SLICE = 80;
const MOST_SUBGROUPS = 8;
/**
 * The best first: the subgroups of a workgroup share the staged keys and values, wide steps have less to do beside their
 * products, a buffer each saves two barriers a step, and a pad meetings in banks.
 */
const SHAPES = [
  { subgroups: MOST_SUBGROUPS, buffers: 2, columns: 32, valuePad: HALVES_PAD },
  { subgroups: 6, buffers: 2, columns: 32, valuePad: HALVES_PAD },
  { subgroups: MOST_SUBGROUPS, buffers: 2, columns: 16, valuePad: HALVES_PAD },
  { subgroups: MOST_SUBGROUPS, buffers: 1, columns: 32, valuePad: HALVES_PAD },
  { subgroups: MOST_SUBGROUPS, buffers: 1, columns: 16, valuePad: HALVES_PAD },
  { subgroups: MOST_SUBGROUPS, buffers: 1, columns: 16, valuePad: 0 },
] as const;

/**
 * The tile of matrix units for the forward pass over heads of `headSize` f16, on an adapter with `workgroupBytes` of
 * workgroup memory; null where there are no matrix units, or no room.
 */
export function planMatrixAttention(
  facts: AdapterFacts,
  workgroupBytes: number,
  headSize: number,
): MatrixAttentionTile | null {
  const { software, matrixUnit: unit } = facts;
  const subgroup = matrixSubgroup(facts);
  if (software || !unit || SUBGROUP_ROWS % unit.m !== 0 || subgroup?.size !== SUBGROUP_SIZE) return null;
  const split = 2 ** Math.ceil(Math.log2(Math.max(1, headSize / MOST_SLICE)));
  const most = Math.min(workgroupBytes, mostWorkgroupBytes(facts));
  if (split > MOST_SUBGROUPS) return null;
  // Subgroups that share a head are few rows already.
  const shapes = SHAPES.filter(({ subgroups }) => split === 1 || subgroups === MOST_SUBGROUPS);
  for (const { subgroups, ...step } of shapes) {
    const tile: MatrixAttentionTile = {
      kind: 'matrix',
      rows: (subgroups / split) * SUBGROUP_ROWS,
      subgroupRows: SUBGROUP_ROWS,
      split,
      ...step,
      staged: facts.vendor === 'nvidia' ? 'natural' : 'inner',
      unit,
      subgroupSize: subgroup.size,
      pin: subgroup.pin,
    };
    if (matrixLayout(tile, headSize).bytes <= most) return tile;
  }
  return null;
}
