import { type Device, matmul, scope, type Tensor, tensor } from '@lusd/tensor';
import type { Taps } from './taps.ts';

/**
 * The picture x [H, W, C] made anew of its rows and columns by the taps of each: f32 [rows, columns, C].
 * @param rows taps along H, `columns` along W
 */
export function resampleByTaps(x: Tensor, rows: readonly Taps[], columns: readonly Taps[]): Tensor {
  const [height, width, channels] = x.shape as readonly [number, number, number];
  return scope(() => {
    const byRow = x.cast('f32').reshape([height, width * channels]);
    const tall = matmul(tapMatrix(rows, height, x.device), byRow);
    const byColumn = tall.reshape([rows.length, width, channels]);
    return matmul(tapMatrix(columns, width, x.device), byColumn);
  });
}

/** [taps.length, inputSize]: an output sample's weights in each row. */
function tapMatrix(taps: readonly Taps[], inputSize: number, device: Device): Tensor {
  const weights = new Float32Array(taps.length * inputSize);
  for (const [i, tap] of taps.entries()) weights.set(tap.weights, i * inputSize + tap.first);
  return tensor(weights, { shape: [taps.length, inputSize], device });
}
