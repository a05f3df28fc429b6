import { concat, scope, type Tensor } from '@lusd/tensor';
import { resampleByTaps } from '../image/separable.ts';
import type { Taps } from '../image/taps.ts';

/** What DINO adds to the number of patches, so that rounding cannot lose one; it also shifts what is interpolated. */
const EXTRA = 0.1;

/**
 * The positions of a class token and `grid` x `grid` patches [1, 1 + grid^2, C], for `rows` x `columns` patches, f32
 * [1, 1 + rows columns, C]: cubic convolution with a = -0.75 of the patches', the class token's as it is.
 * Reference: `interpolate_pos_encoding` of DINO's `vision_transformer.py`.
 */
export function interpolatePositions(positions: Tensor, grid: number, rows: number, columns: number): Tensor {
  const channels = positions.shape.at(-1) ?? 0;
  return scope(() => {
    const classToken = positions.narrow(1, 0, 1).cast('f32');
    const patches = positions.narrow(1, 1, grid * grid).reshape([grid, grid, channels]);
    const resized = resampleByTaps(patches, positionTaps(grid, rows), positionTaps(grid, columns));
    return concat([classToken, resized.reshape([1, rows * columns, channels])], 1);
  });
}

/** The border is repeated, so that several taps may fall on one place. */
function positionTaps(from: number, to: number): Taps[] {
  const scale = from / (to + EXTRA);
  return Array.from({ length: to }, (_, i) => {
    const source = (i + 0.5) * scale - 0.5;
    const weights = new Array<number>(from).fill(0);
    for (let tap = Math.floor(source) - 1; tap <= Math.floor(source) + 2; tap++) {
      weights[Math.min(Math.max(tap, 0), from - 1)]! += cubic(Math.abs(source - tap));
    }
    return { first: 0, weights };
  });
}

/** Keys' cubic convolution with a = -0.75, PyTorch's `bicubic`, at a distance from 0 to 2. */
function cubic(d: number): number {
  const a = -0.75;
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : (((d - 5) * d + 8) * d - 4) * a;
}
