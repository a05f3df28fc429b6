import { ShapeError } from '../errors.ts';
import type { MatrixAttentionTile } from './attentionMatrixTile.ts';
import { type AdapterFacts, knownSubgroup } from './facts.ts';

/**
 * How one workgroup of an attention kernel computes without matrix units. Lanes hold `rows` rows (queries, or keys in
 * the backward of keys and values) of the head in registers, and the other operands stream past them, `columns` at a step.
 *
 * `broadcast`: no workgroup memory. Each lane of the subgroup, which is the workgroup, loads a vector of one
 * streamed row, and `subgroupBroadcast` hands it to all. Needs the exact subgroup size.
 *
 * `shared`: streamed rows are staged in workgroup memory. `split` neighbouring lanes share their rows, each with
 * every split-th vec4 of the head, so that a large head does not spill; their partial products are summed by
 * subgroup shuffles, or through workgroup memory. `pin`: the size that the kernel's subgroups are pinned to, if any.
 */
export type ScalarAttentionTile =
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
      readonly lanes: number;
      readonly split: number;
      readonly sum: 'shuffle' | 'memory';
      readonly pin: number | null;
    };

/** How one workgroup of an attention kernel computes. */
export type AttentionTile = ScalarAttentionTile | MatrixAttentionTile;

/** A kernel of attention: the forward pass, a backward one, the rows' statistics alone, or the probabilities from them. */
export type AttentionPass = 'forward' | 'backward' | 'statistics' | 'probabilities';

/** What a pass streams (tensors of a head's size) and sums over a split (values a row and column). */
const PASSES: Readonly<Record<AttentionPass, { streamed: number; sums: number; held: number }>> = {
  forward: { streamed: 2, sums: 1, held: 2 },
  backward: { streamed: 2, sums: 2, held: 4 },
  statistics: { streamed: 1, sums: 1, held: 1 },
  probabilities: { streamed: 1, sums: 0, held: 0 },
};

/** vec4s of registers that the held operands of one lane may take. */
const HELD_VECTORS = 32;
const SHARED_LANES = 128;
/** Workgroup memory beyond which too few workgroups fit on one processor. */
const MOST_SHARED_BYTES = 32768;
const BROADCAST_SUBGROUPS = [4, 8, 16];

/** vec4s that hold one head. */
export function headVectors(headSize: number): number {
  return Math.ceil(headSize / 4);
}

function isBroadcastAdapter(facts: AdapterFacts): boolean {
  const { software, subgroupMinSize, subgroupMaxSize } = facts;
  return software && subgroupMinSize === subgroupMaxSize && BROADCAST_SUBGROUPS.includes(subgroupMinSize);
}

/** Bytes of workgroup memory that a tile takes. */
function sharedBytes(tile: ScalarAttentionTile, pass: AttentionPass, headSize: number): number {
  if (tile.kind === 'broadcast') return 0;
  const { streamed, sums } = PASSES[pass];
  const pitch = Math.ceil(headVectors(headSize) / tile.split) * tile.split;
  const staged = streamed * tile.columns * pitch * 16;
  const summed =
    tile.split > 1 && tile.sum === 'memory' ? sums * tile.rows * tile.columns * tile.lanes * 4 : 0;
  return staged + summed;
}

function sharedTile(
  facts: AdapterFacts,
  workgroupBytes: number,
  pass: AttentionPass,
  headSize: number,
): ScalarAttentionTile {
  const { held } = PASSES[pass];
  const rows = 2;
  let split = 1;
  while (held * rows * Math.ceil(headVectors(headSize) / split) > HELD_VECTORS) split *= 2;
  const subgroup = knownSubgroup(facts);
  const pin = subgroup?.pin ?? null;
  const sum = subgroup && subgroup.size >= split ? 'shuffle' : 'memory';
  for (let columns = 16; columns >= 1; columns /= 2) {
    const tile: ScalarAttentionTile = { kind: 'shared', rows, columns, lanes: SHARED_LANES, split, sum, pin };
    if (sharedBytes(tile, pass, headSize) <= Math.min(workgroupBytes, MOST_SHARED_BYTES)) return tile;
  }
  throw new ShapeError(
    `attention: a head of ${headSize} needs more workgroup memory than this adapter's ${workgroupBytes} bytes; use more heads`,
  );
}

/**
 * The tile for one pass over heads of `headSize` elements, on an adapter with `workgroupBytes` of workgroup memory.
 * @throws ShapeError if not one streamed row fits
 */
export function planAttention(
  facts: AdapterFacts,
  workgroupBytes: number,
  pass: AttentionPass,
  headSize: number,
): ScalarAttentionTile {
  if (isBroadcastAdapter(facts)) {
    const { subgroupMinSize: subgroupSize } = facts;
    return { kind: 'broadcast', rows: 2, columns: 16, subgroupSize };
  }
  return sharedTile(facts, workgroupBytes, pass, headSize);
}
