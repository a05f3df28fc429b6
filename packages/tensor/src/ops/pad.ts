import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { type Padding, padCopy, sliceCopy } from '../kernels/window.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { tensor } from './create.ts';
import { indexSelect } from './gather.ts';
import { viewAs } from './reshape.ts';
import { slice } from './slice.ts';

/**
 * The values beyond the edge. `reflect`: mirrored at the outermost element, without repeating it;
 * `replicate`: the outermost element; `circular`: the other end of what is left where counts are negative.
 */
export type PadMode = 'reflect' | 'replicate' | 'circular';

/** The coordinate, of a dimension of `extent` of which [first, end) is left, whose element is shown at `i`. */
type Source = (i: number, extent: number, first: number, end: number) => number;

const SOURCES: Readonly<Record<PadMode, Source>> = {
  reflect: (i, extent) => extent - 1 - Math.abs(extent - 1 - Math.abs(i)),
  replicate: (i, extent) => Math.min(Math.max(i, 0), extent - 1),
  circular: (i, _, first, end) => {
    const left = end - first;
    return first + ((((i - first) % left) + left) % left);
  },
};

/**
 * `x` with `padding` around it that holds the number `fill`, or values by a mode; negative counts crop instead.
 * Reference: torch.nn.functional.pad, whose argument lists the dimensions innermost first.
 * @throws ShapeError when `padding` has not one pair of integers for every dimension, cuts off more than there is, or a
 *   mode has too little to show: `reflect` takes counts below the extent, no mode fills from an empty dimension
 */
export function pad(x: Tensor, padding: Padding, fill: number | PadMode = 0): Tensor {
  if (padding.length !== x.rank || !padding.flat().every(Number.isInteger)) {
    throw new ShapeError(
      `pad: padding ${JSON.stringify(padding)} needs a pair of counts for every dimension of ${formatShape(x.shape)}`,
    );
  }
  for (const [dim, counts] of padding.entries()) requireEnough(x, dim, counts, fill);
  if (typeof fill === 'number') return padConstant(x, padding, fill);
  return scope(() =>
    padding.reduce((y, counts, dim) => padDim(y, dim, counts, fill), viewAs('pad', x, x.shape)),
  );
}

function requireEnough(
  x: Tensor,
  dim: number,
  [before, after]: readonly [number, number],
  fill: number | PadMode,
): void {
  const extent = x.shape[dim]!;
  if ((before === 0 && after === 0) || hasEnough(extent, before, after, fill)) return;
  const how = typeof fill === 'number' ? '' : `, ${fill}`;
  throw new ShapeError(
    `pad: counts [${before}, ${after}]${how} do not fit dim ${dim} of ${formatShape(x.shape)}, which has ${extent}`,
  );
}

function hasEnough(extent: number, before: number, after: number, fill: number | PadMode): boolean {
  const left = extent + Math.min(0, before) + Math.min(0, after);
  switch (fill) {
    case 'reflect':
      return Math.max(before, after) < extent && extent + before + after >= 0;
    case 'replicate':
      return extent > 0 && extent + before + after >= 0;
    case 'circular':
      return left > 0;
    default:
      return left >= 0;
  }
}

function padConstant(x: Tensor, padding: Padding, value: number): Tensor {
  if (padding.flat().some((count) => count < 0)) return scope(() => padCut(x, padding, value));
  return record(padCopy('pad', x, padding, value), () => ({
    name: 'pad',
    inputs: [x],
    saved: [],
    backward: (gradient) => [
      sliceCopy(
        'padBackward',
        gradient,
        padding.map(([before]) => before),
        x.shape,
      ),
    ],
  }));
}

function padCut(x: Tensor, padding: Padding, value: number): Tensor {
  const cut = slice(
    x,
    padding.map(([before]) => Math.max(0, -before)),
    padding.map(([, after], dim) => x.shape[dim]! + Math.min(0, after)),
  );
  return padConstant(
    cut,
    padding.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]),
    value,
  );
}

function padDim(x: Tensor, dim: number, [before, after]: readonly [number, number], mode: PadMode): Tensor {
  if (before === 0 && after === 0) return x;
  const extent = x.shape[dim]!;
  const [first, end] = [Math.max(0, -before), extent + Math.min(0, after)];
  const from = Int32Array.from({ length: before + extent + after }, (_, i) =>
    SOURCES[mode](i - before, extent, first, end),
  );
  return indexSelect(x, dim, tensor(from, { dtype: 'i32', device: x.device }));
}
