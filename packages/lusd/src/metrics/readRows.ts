import type { Tensor } from '@lusd/tensor';
import { MetricsError } from '../errors.ts';

/**
 * The rows of a batch [B, ..], each flat, as f32. The tensor is disposed of.
 * @param model for the message
 * @throws MetricsError if a value is not finite
 */
export async function readRows(model: string, batch: Tensor): Promise<readonly Float32Array[]> {
  using owned = batch;
  using wide = owned.cast('f32');
  const data = await wide.data('f32');
  if (!data.every(Number.isFinite)) {
    throw new MetricsError(
      `${model}'s features are not finite; load its weights as f32, or download them again`,
    );
  }
  const width = data.length / owned.shape[0]!;
  return Array.from({ length: owned.shape[0]! }, (_, i) => data.slice(i * width, (i + 1) * width));
}
