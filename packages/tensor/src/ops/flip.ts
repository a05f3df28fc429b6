import { record } from '../graph.ts';
import { axesOf, stridedCopy } from '../kernels/stridedCopy.ts';
import { normalizeDims } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** `x` with the order of coordinates along `dims` reversed. */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  const reversed = new Set(normalizeDims('flip', dims, x.rank));
  return record(flipCopy('flip', x, reversed), () => ({
    name: 'flip',
    inputs: [x],
    saved: [],
    backward: (gradient) => [flipCopy('flipBackward', gradient, reversed)],
  }));
}

function flipCopy(name: string, x: Tensor, reversed: ReadonlySet<number>): Tensor {
  let offset = 0;
  const dims = axesOf(x.shape).map(({ extent, stride }, dim) => {
    if (!reversed.has(dim)) return { extent, stride };
    offset += Math.max(0, extent - 1) * stride;
    return { extent, stride: -stride };
  });
  return stridedCopy(x, dims, { name, offset });
}
