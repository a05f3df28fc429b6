import type { DType } from '../dtype.ts';
import { dims } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { defineLineKernel, type LineLayout, layoutFor, runLines } from './lines.ts';
import { run } from './run.ts';
import { defineKernel } from './wgsl.ts';

/** Makes a NaN at run time: WGSL refuses one among constants. */
const NAN_BITS = 0x7fc00000;
const WORKGROUP = 64;

/**
 * Losses [N] of the classes `classOf` [N] under logits `x` [N, C], and each row's largest logit and logarithm of
 * the sum of exponentials relative to it [N, 2], in f32. The two stay apart, since their sum would round large logits.
 */
export function crossEntropyForward(x: Tensor, classOf: Tensor): { losses: Tensor; norms: Tensor } {
  const [rows, classes] = dims('crossEntropy', x, ['N', 'C']);
  const shape = { outer: rows, length: classes, inner: 1 };
  const layout = layoutFor(x.device, shape);
  const losses = Tensor.empty(x.device, [rows], 'f32', 'crossEntropy');
  const norms = Tensor.empty(x.device, [rows, 2], 'f32', 'crossEntropy');
  runLines(forwardKernel({ dtype: x.dtype, layout }), [x, classOf, losses, norms], {
    shape,
    layout,
    width: 1,
    params: { lowest: -Infinity, nan: NAN_BITS },
  });
  return { losses, norms };
}

const forwardKernel = defineLineKernel(({ dtype, layout }: { dtype: DType; layout: LineLayout }) => ({
  name: 'crossEntropy',
  layout,
  width: 1,
  type: 'f32',
  joins: ['max', 'add'],
  bindings: [
    { name: 'x', dtype, width: 1, access: 'read' },
    { name: 'class_of', dtype: 'i32', width: 1, access: 'read' },
    { name: 'losses', dtype: 'f32', width: 1, access: 'write' },
    { name: 'norms', dtype: 'f32', width: 1, access: 'write' },
  ],
  params: { lowest: 'f32', nan: 'u32' },
  main: `
  var largest = params.lowest;
  for (var i = begin; i < end; i += step) { largest = max(largest, load_x(base + i)); }
  largest = join_max(largest, lane);
  var total = 0.0;
  for (var i = begin; i < end; i += step) { total += exp(load_x(base + i) - largest); }
  total = join_add(total, lane);
  if (leader) {
    let chosen = load_class_of(line);
    var loss = bitcast<f32>(params.nan);
    if (chosen >= 0 && chosen < i32(params.length)) {
      loss = log(total) + (largest - load_x(base + u32(chosen)));
    }
    store_losses(line, loss);
    store_norms(2u * line, largest);
    store_norms(2u * line + 1u, log(total));
  }`,
}));

/** Gradient of the logits `x`: `gradient` ([] or [N]) times `scale` times the probabilities less the true ones. */
export function crossEntropyBackward(
  gradient: Tensor,
  x: Tensor,
  classOf: Tensor,
  norms: Tensor,
  scale: number,
): Tensor {
  const [, classes] = dims('crossEntropyBackward', x, ['N', 'C']);
  const out = Tensor.empty(x.device, x.shape, x.dtype, 'crossEntropyBackward');
  const count = Math.ceil(x.size / 4);
  run(backwardKernel({ gradientDtype: gradient.dtype, dtype: x.dtype }), [gradient, x, classOf, norms, out], {
    params: {
      size: x.size,
      classes,
      gradientStep: gradient.rank,
      scale,
      nan: NAN_BITS,
    },
    workgroups: Math.ceil(count / WORKGROUP),
    flops: 3 * x.size,
  });
  return out;
}

const backwardKernel = defineKernel(({ gradientDtype, dtype }: { gradientDtype: DType; dtype: DType }) => ({
  name: 'crossEntropyBackward',
  bindings: [
    { name: 'gradient', dtype: gradientDtype, width: 1, access: 'read' },
    { name: 'x', dtype, width: 4, access: 'read' },
    { name: 'class_of', dtype: 'i32', width: 1, access: 'read' },
    { name: 'norms', dtype: 'f32', width: 1, access: 'read' },
    { name: 'y', dtype, width: 4, access: 'write' },
  ],
  params: { size: 'u32', classes: 'u32', gradientStep: 'u32', scale: 'f32', nan: 'u32' },
  workgroup: [WORKGROUP, 1, 1],
  declarations: `fn slope(logit: f32, element: u32) -> f32 {
  let row = element / params.classes;
  let chosen = load_class_of(row);
  if (chosen < 0 || chosen >= i32(params.classes)) { return bitcast<f32>(params.nan); }
  let probability = exp(logit - load_norms(2u * row) - load_norms(2u * row + 1u));
  let truth = select(0.0, 1.0, u32(chosen) == element % params.classes);
  return load_gradient(row * params.gradientStep) * params.scale * (probability - truth);
}`,
  main: `
  let i = group_index * ${WORKGROUP}u + lane;
  if (4u * i >= params.size) { return; }
  let x = load_x(i);
  let last = params.size - 1u;
  store_y(i, vec4f(
    slope(x.x, 4u * i),
    slope(x.y, min(4u * i + 1u, last)),
    slope(x.z, min(4u * i + 2u, last)),
    slope(x.w, min(4u * i + 3u, last)),
  ));`,
}));
