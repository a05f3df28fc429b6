import { computeType, type DType } from '../dtype.ts';
import { Tensor } from '../tensor.ts';
import { cutLines, defineLineKernel, type LineShape, runLines, widthFor } from './lines.ts';
import { reduceParts, SUM } from './reduce.ts';
import { type Binding, valueType, type Width } from './wgsl.ts';

/**
 * Running sums along the middle of `shape`, from the back when `reverse`, in the compute type of `x`'s dtype.
 * Long lines are cut into parts: the running sums of the parts' sums are where each part starts.
 */
export function cumsumMiddle(x: Tensor, shape: LineShape, reverse: boolean): Tensor {
  const layout = 'columns';
  const width = widthFor(layout, shape);
  const cut = cutLines(x.device, shape, layout);
  const out = Tensor.empty(x.device, x.shape, computeType(x.dtype), 'cumsum');
  const kernel = cumsumKernel({ dtype: x.dtype, width, reverse, parts: cut.chunks > 1 });
  if (cut.chunks === 1) {
    runLines(kernel, [x, out], { shape, layout, width });
    return out;
  }
  const sums = reduceParts(x, SUM, shape, layout, cut);
  const ends = cumsumMiddle(sums, { ...shape, length: cut.chunks }, reverse);
  runLines(kernel, [x, ends, out], { shape, layout, width, ...cut });
  sums.dispose();
  ends.dispose();
  return out;
}

interface CumsumVariant {
  readonly dtype: DType;
  readonly width: Width;
  readonly reverse: boolean;
  /** Whether the lines are cut, and start where `ends` says. */
  readonly parts: boolean;
}

const cumsumKernel = defineLineKernel(({ dtype, width, reverse, parts }: CumsumVariant) => {
  const type = computeType(dtype);
  const ends: Binding = { name: 'ends', dtype: type, width, access: 'read' };
  const before = reverse
    ? 'if (chunk + 1u < params.chunks) { total = load_ends(line + stride); }'
    : 'if (chunk > 0u) { total = load_ends(line - stride); }';
  return {
    name: 'cumsum',
    layout: 'columns',
    width,
    type,
    joins: [],
    bindings: [
      { name: 'x', dtype, width, access: 'read' },
      ...(parts ? [ends] : []),
      { name: 'y', dtype: type, width, access: 'write' },
    ],
    main: `
  var total = ${valueType(type, width)}(0);
  ${parts ? `if (live) { ${before} }` : ''}
  for (var i = begin; i < end; i += step) {
    let at = base + ${reverse ? '(begin + end - 1u - i)' : 'i'} * stride;
    total += load_x(at);
    store_y(at, total);
  }`,
  };
});
