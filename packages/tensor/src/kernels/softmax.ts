import type { DType } from '../dtype.ts';
import { Tensor } from '../tensor.ts';
import { replaceAs } from './cast.ts';
import {
  defineLineKernel,
  type LineLayout,
  type LineShape,
  layoutFor,
  runLines,
  storableDtype,
  widthFor,
} from './lines.ts';
import type { Width } from './wgsl.ts';

export type SoftmaxOp = 'softmax' | 'logSoftmax';

/** Softmax, or its logarithm, along the middle of `shape`; computed in f32, in `x`'s dtype. */
export function softmaxForward(op: SoftmaxOp, x: Tensor, shape: LineShape): Tensor {
  const layout = layoutFor(x.device, shape);
  const width = widthFor(layout, shape);
  const out = Tensor.empty(x.device, x.shape, storableDtype(x.dtype, width), op);
  const kernel = forwardKernel({ op, dtype: x.dtype, outDtype: out.dtype, layout, width });
  runLines(kernel, [x, out], { shape, layout, width });
  return replaceAs(out, x.dtype);
}

/** Gradient of the operand of `op`, from that of its result `y`. */
export function softmaxBackward(op: SoftmaxOp, gradient: Tensor, y: Tensor, shape: LineShape): Tensor {
  const layout = layoutFor(y.device, shape);
  const width = widthFor(layout, shape);
  const out = Tensor.empty(y.device, y.shape, storableDtype(y.dtype, width), `${op}Backward`);
  const kernel = backwardKernel({ op, dtype: y.dtype, outDtype: out.dtype, layout, width });
  runLines(kernel, [gradient, y, out], { shape, layout, width });
  return replaceAs(out, y.dtype);
}

interface SoftmaxVariant {
  readonly op: SoftmaxOp;
  readonly dtype: DType;
  readonly outDtype: DType;
  readonly layout: LineLayout;
  readonly width: Width;
}

// The sum follows the largest element as it grows, so a line is read twice, not three times.
const forwardKernel = defineLineKernel(({ op, dtype, outDtype, layout, width }: SoftmaxVariant) => ({
  name: op,
  layout,
  width,
  type: 'f32',
  joins: ['max', 'add'],
  bindings: [
    { name: 'x', dtype, width, access: 'read' },
    { name: 'y', dtype: outDtype, width, access: 'write' },
  ],
  main: `
  var largest = V(-3.4028234e38);
  var total = V(0);
  for (var i = begin; i < end; i += step) {
    let x = load_x(base + i * stride);
    let larger = max(largest, x);
    if (any(larger > largest)) {
      total *= exp(largest - larger);
      largest = larger;
    }
    total += exp(x - largest);
  }
  let own = largest;
  largest = join_max(own, lane);
  total = join_add(total * exp(own - largest), lane);
  let factor = ${op === 'softmax' ? '1.0 / total' : 'log(total)'};
  for (var i = begin; i < end; i += step) {
    let at = base + i * stride;
    let shifted = load_x(at) - largest;
    store_y(at, ${op === 'softmax' ? 'exp(shifted) * factor' : 'shifted - factor'});
  }`,
}));

const backwardKernel = defineLineKernel(({ op, dtype, outDtype, layout, width }: SoftmaxVariant) => ({
  name: `${op}Backward`,
  layout,
  width,
  type: 'f32',
  joins: ['add'],
  bindings: [
    { name: 'gradient', dtype, width, access: 'read' },
    { name: 'y', dtype, width, access: 'read' },
    { name: 'dx', dtype: outDtype, width, access: 'write' },
  ],
  main: `
  var total = V(0);
  for (var i = begin; i < end; i += step) {
    let at = base + i * stride;
    total += ${op === 'softmax' ? 'load_gradient(at) * load_y(at)' : 'load_gradient(at)'};
  }
  total = join_add(total, lane);
  for (var i = begin; i < end; i += step) {
    let at = base + i * stride;
    let y = load_y(at);
    store_dx(at, ${op === 'softmax' ? 'y * (load_gradient(at) - total)' : 'load_gradient(at) - exp(y) * total'});
  }`,
}));
