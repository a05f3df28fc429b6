import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { stridedCopy } from '../kernels/stridedCopy.ts';
import { broadcastStrides, formatShape, type Shape, stridesOf } from '../shape.ts';
import { type Tensor, viewOf } from '../tensor.ts';
import { viewAs } from './reshape.ts';
import { sumTo } from './sumTo.ts';

/**
 * `x` repeated along dimensions of extent 1, and along new outer dimensions, up to `shape`; -1 keeps an extent. Unlike
 * torch's it is a copy, unless no dimension grows; operations broadcast on their own, so it is rarely needed.
 * @throws ShapeError when another dimension would change
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const offset = shape.length - x.rank;
  const target = shape.map((extent, dim) =>
    extent === -1 && dim >= offset ? x.shape[dim - offset]! : extent,
  );
  const fits = x.shape.every((extent, dim) => extent === 1 || extent === target[dim + offset]);
  if (offset < 0 || !fits || target.some((extent) => !Number.isInteger(extent) || extent < 0)) {
    throw new ShapeError(`expand: shape ${formatShape(x.shape)} does not expand to ${formatShape(shape)}`);
  }
  if (target.every((extent, dim) => (dim < offset ? extent === 1 : extent === x.shape[dim - offset])))
    return viewAs('expand', x, target);
  const strides = broadcastStrides(x.shape, target);
  const dims = target.map((extent, dim) => ({ extent, stride: strides[dim]! }));
  return record(stridedCopy(x, dims, { name: 'expand' }), () => ({
    name: 'expand',
    inputs: [x],
    saved: [],
    backward: (gradient) => [sumTo(gradient, x.shape)],
  }));
}

/**
 * Copies of `x` side by side, repeats[i] of them along dimension i; repeats beyond the rank of `x` add outer
 * dimensions. Reference: torch.Tensor.repeat.
 * @throws ShapeError when there are fewer repeats than dimensions
 */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  const offset = repeats.length - x.rank;
  if (offset < 0 || repeats.some((count) => !Number.isInteger(count) || count < 0)) {
    throw new ShapeError(
      `repeat: repeats [${repeats.join(', ')}] do not fit shape ${formatShape(x.shape)}; give one for every dimension`,
    );
  }
  const tile = [...new Array<number>(offset).fill(1), ...x.shape];
  const shape = tile.map((extent, dim) => extent * repeats[dim]!);
  const strides = stridesOf(tile);
  const dims = tile.flatMap((extent, dim) => [
    { extent: repeats[dim]!, stride: 0 },
    { extent, stride: strides[dim]! },
  ]);
  return record(stridedCopy(x, dims, { name: 'repeat', shape }), () => ({
    name: 'repeat',
    inputs: [x],
    saved: [],
    backward: (gradient) => {
      const tiles = viewOf(
        gradient,
        dims.map((dim) => dim.extent),
      );
      const ones = tile.flatMap((extent) => [1, extent]);
      return [viewOf(sumTo(tiles, ones), x.shape)];
    },
  }));
}
