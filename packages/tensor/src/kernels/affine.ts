import { type DType, requireFloat } from '../dtype.ts';
import { requireShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { Binding, Width } from './wgsl.ts';

/** Scale and offset of a normalization, one element a channel; either may be absent. */
export interface Affine {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
}

/** @throws ShapeError, DTypeError unless weight and bias, where given, are floats [channels] */
export function checkAffine(op: string, affine: Affine, channels: number): void {
  for (const [name, operand] of Object.entries(affine) as [string, Tensor | null][]) {
    if (!operand) continue;
    requireFloat(op, operand.dtype);
    requireShape(op, name, operand.shape, [channels]);
  }
}

/** What the text of a kernel depends on; null if there is none. */
export interface AffineDtypes {
  readonly weight: DType | null;
  readonly bias: DType | null;
}

export function affineDtypes({ weight, bias }: Affine): AffineDtypes {
  return { weight: weight?.dtype ?? null, bias: bias?.dtype ?? null };
}

/** The tensors for the bindings of `affineBindings`. */
export function affineOperands({ weight, bias }: Affine): Tensor[] {
  return [weight, bias].filter((operand) => operand !== null);
}

export function affineBindings({ weight, bias }: AffineDtypes, width: Width): Binding[] {
  const named = Object.entries({ weight, bias });
  return named.flatMap(([name, dtype]) => (dtype === null ? [] : [{ name, dtype, width, access: 'read' }]));
}

/** `weight_at(i)` and `bias_at(i)` of type `V`: 1 and 0 if there is none. */
export function affineSource({ weight, bias }: AffineDtypes): string {
  return `fn weight_at(i: u32) -> V { return ${weight === null ? 'V(1)' : 'load_weight(i)'}; }
fn bias_at(i: u32) -> V { return ${bias === null ? 'V(0)' : 'load_bias(i)'}; }`;
}
