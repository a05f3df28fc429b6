import { computeType, type DType } from '../dtype.ts';
import { Tensor } from '../tensor.ts';
import { defineLineKernel, type Layout, type LineShape, layoutFor, runLines } from './lines.ts';
import { memoize } from './memoize.ts';
import { identityOf } from './reduce.ts';

/** Index along the middle of `shape` of the first largest or smallest element, as [outer, inner] in i32. */
export function argMiddle(x: Tensor, combine: 'max' | 'min', shape: LineShape): Tensor {
  const layout = layoutFor(x.device, shape);
  const out = Tensor.empty(x.device, [shape.outer, shape.inner], 'i32', `arg${combine}`);
  runLines(argKernel(combine, x.dtype, layout), [x, out], {
    shape,
    layout,
    width: 1,
    params: { identity: identityOf(combine, x.dtype) },
  });
  return out;
}

// The value travels beside its index, so the lanes are joined twice: for the best value, then for its first index.
const argKernel = memoize((combine: 'max' | 'min', dtype: DType, layout: Layout) => {
  const type = computeType(dtype);
  return defineLineKernel({
    name: `arg${combine}`,
    layout,
    width: 1,
    type,
    joins: [combine, 'first'],
    bindings: [
      { name: 'x', dtype, width: 1, access: 'read' },
      { name: 'y', dtype: 'i32', width: 1, access: 'write' },
    ],
    params: { identity: type },
    main: `
  var best = V(params.identity);
  var index = params.length;
  for (var i = begin; i < end; i += step) {
    let next = load_x(base + i * stride);
    if (index == params.length || next ${combine === 'max' ? '>' : '<'} best) {
      best = next;
      index = i;
    }
  }
  let extreme = join_${combine}(best, lane);
  let first = join_first(select(params.length, index, best == extreme), lane);
  if (leader) { store_y(line, i32(first)); }`,
  });
});
