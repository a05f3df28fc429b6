import type { DType } from '../dtype.ts';
import { type AttentionPass, headVectors, type ScalarAttentionTile } from '../gpu/attentionTuning.ts';
import type { Tensor } from '../tensor.ts';
import { headDims, type ScoreOperands } from './attentionScores.ts';
import { slicesOf } from './attentionStreams.ts';
import type { Binding, ParamType } from './wgsl.ts';

/** What the bindings of an attention kernel depend on. */
export interface HeadsVariant {
  /** Elements of a head that are read and written at once. */
  readonly width: 1 | 4;
  /** Of query, key and value. */
  readonly dtype: DType;
  readonly maskDtype: DType | null;
}

/** What the text of an attention kernel without matrix units depends on. */
export interface AttentionVariant extends HeadsVariant {
  readonly tile: ScalarAttentionTile;
  /** vec4s of the head that a lane has room for. */
  readonly slices: number;
}

/** What the bindings of a kernel on `operands` depend on. */
export function headsVariant({ query, mask }: ScoreOperands): HeadsVariant {
  const [, , , headSize] = headDims(query);
  return { width: headSize % 4 === 0 ? 4 : 1, dtype: query.dtype, maskDtype: mask?.dtype ?? null };
}

/** The variant for one pass over `operands`. */
export function variantOf(operands: ScoreOperands, pass: AttentionPass): AttentionVariant {
  const { query } = operands;
  const [, , , headSize] = headDims(query);
  const tile = query.device.tuning.attention(pass, headSize);
  return { ...headsVariant(operands), tile, slices: slicesOf(tile, headSize) };
}

/** An operand [B, L, H, D]. */
export function readsHeads(name: string, { dtype, width }: HeadsVariant): Binding {
  return { name, dtype, width, access: 'read' };
}

/** A result [B, L, H, D]. */
export function writesHeads(name: string, variant: HeadsVariant): Binding {
  return { name, dtype: storeDtype(variant), width: variant.width, access: 'write' };
}

/** The mask, if there is one. */
export function maskBinding({ maskDtype }: HeadsVariant): Binding[] {
  return maskDtype ? [{ name: 'mask', dtype: maskDtype, width: 1, access: 'read' }] : [];
}

/** What results are stored in at first: f16 only where no vec4 straddles two heads. */
export function storeDtype({ dtype, width }: HeadsVariant): DType {
  return width === 4 ? dtype : 'f32';
}

/** Heads, the lengths of the held and of the streamed operands, and a head's elements and vec4s. */
export const TEXT_PARAMS = {
  heads: 'u32',
  rows: 'u32',
  columns: 'u32',
  headSize: 'u32',
  vectors: 'u32',
} as const satisfies Record<string, ParamType>;

/** Values of TEXT_PARAMS, for held and streamed operands [B, L, H, D]. */
export function textParams(held: Tensor, streamed: Tensor) {
  const [, rows, heads, headSize] = headDims(held);
  const [, columns] = headDims(streamed);
  return { heads, rows, columns, headSize, vectors: headVectors(headSize) };
}
