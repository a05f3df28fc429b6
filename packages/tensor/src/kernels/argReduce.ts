import { computeType, type DType } from '../dtype.ts';
import { Tensor } from '../tensor.ts';
import { defineLineKernel, type LineLayout, type LineShape, layoutFor, runLines } from './lines.ts';

/** Index along the middle of `shape` of the first largest or smallest element, or NaN, as [outer, inner] in i32. */
export function argMiddle(x: Tensor, combine: 'max' | 'min', shape: LineShape): Tensor {
  const layout = layoutFor(x.device, shape);
  const out = Tensor.empty(x.device, [shape.outer, shape.inner], 'i32', `arg${combine}`);
  runLines(argKernel({ combine, dtype: x.dtype, layout }), [x, out], { shape, layout, width: 1 });
  return out;
}

/** WGSL of unsigned integers in the order of `x`. A float's bits are in its order but for the sign; -0 is 0. */
const IN_ORDER = {
  u32: 'x',
  i32: 'bitcast<u32>(x) ^ 0x80000000u',
  f32: 'select(bits | 0x80000000u, ~bits, bits >= 0x80000000u)',
};

/** `key_of(x)`: the larger, the sooner the element is chosen; the largest for NaN. */
function keySource(combine: 'max' | 'min', dtype: DType): string {
  const type = computeType(dtype);
  const order = combine === 'max' ? IN_ORDER[type] : `~(${IN_ORDER[type]})`;
  if (type !== 'f32') return `fn key_of(x: ${type}) -> u32 { return ${order}; }`;
  return `fn key_of(x: f32) -> u32 {
  let bits = select(bitcast<u32>(x), 0u, x == 0.0);
  return select(${order}, 0xffffffffu, (bits & 0x7fffffffu) > 0x7f800000u);
}`;
}

interface ArgVariant {
  readonly combine: 'max' | 'min';
  readonly dtype: DType;
  readonly layout: LineLayout;
}

// The value travels with its index, so the lanes are joined twice: for the best value, then for its first index.
const argKernel = defineLineKernel(({ combine, dtype, layout }: ArgVariant) => ({
  name: `arg${combine}`,
  layout,
  width: 1,
  type: 'u32',
  joins: ['max', 'first'],
  bindings: [
    { name: 'x', dtype, width: 1, access: 'read' },
    { name: 'y', dtype: 'i32', width: 1, access: 'write' },
  ],
  declarations: keySource(combine, dtype),
  main: `
  var best = 0u;
  var index = params.length;
  for (var i = begin; i < end; i += step) {
    let key = key_of(load_x(base + i * stride));
    if (index == params.length || key > best) {
      best = key;
      index = i;
    }
  }
  let extreme = join_max(best, lane);
  let first = join_first(select(params.length, index, best == extreme), lane);
  if (leader) { store_y(line, i32(first)); }`,
}));
