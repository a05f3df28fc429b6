import type { Device } from '@lusd/tensor';
import type { WeightDType } from './readWeight.ts';
import type { StateDict } from './weightSource.ts';

/** The dtype of weights on the device, and why it was chosen. */
export interface DTypeChoice {
  readonly dtype: WeightDType;
  /** Half a sentence, such as "the weights are stored as F16 and the adapter computes in f16". */
  readonly reason: string;
}

/** The part of a device that the choice depends on. */
export type DTypeDevice = Pick<Device, 'features'>;

/**
 * Stored dtypes of which f16 keeps every bit of precision: bfloat16 has 8 bits where f16 has 11, and no weight of these
 * models comes near f16's largest number (loading refuses one that exceeds it).
 */
const HALVES: ReadonlySet<string> = new Set(['F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);

/**
 * Chooses f16 if it loses no precision and is faster: most weights are stored in no more than half precision, and the
 * adapter computes in f16 (`shader-f16`). That holds for software too: edits with the shapes model took 15 % less
 * processor time in f16 on lavapipe, which has the feature, and 27 % more on SwiftShader, which lacks it.
 */
export function chooseDtype(stateDicts: readonly StateDict[], { features }: DTypeDevice): DTypeChoice {
  const stored = mostStored(stateDicts);
  if (!HALVES.has(stored)) return { dtype: 'f32', reason: `the weights are stored as ${stored}` };
  if (!features.has('shader-f16')) return { dtype: 'f32', reason: 'the adapter has no shader-f16' };
  return { dtype: 'f16', reason: `the weights are stored as ${stored} and the adapter supports f16` };
}

/** The dtype of most stored elements. */
function mostStored(stateDicts: readonly StateDict[]): string {
  const elements = new Map<string, number>();
  for (const { dtype, shape } of stateDicts.flatMap((stateDict) => [...stateDict.values()])) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    elements.set(dtype, (elements.get(dtype) ?? 0) + count);
  }
  const [most] = [...elements].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? 'F32';
}
