import { record } from '../graph.ts';
import { replaceAs } from '../kernels/cast.ts';
import { cumsumMiddle } from '../kernels/cumsum.ts';
import { linesAlong } from '../kernels/lines.ts';
import { normalizeDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Running sums along `dim`, of the shape of `x`. Floats accumulate in f32 and keep their dtype; bool and u8 give i32.
 * @throws ShapeError for a dimension that does not exist
 */
export function cumsum(x: Tensor, dim: number): Tensor {
  const shape = linesAlong(x.shape, normalizeDim('cumsum', dim, x.rank));
  const dtype = x.dtype === 'bool' || x.dtype === 'u8' ? 'i32' : x.dtype;
  const y = replaceAs(cumsumMiddle(x, shape, false), dtype);
  return record(y, () => ({
    name: 'cumsum',
    inputs: [x],
    saved: [],
    backward: (gradient) => [replaceAs(cumsumMiddle(gradient, shape, true), x.dtype)],
  }));
}
