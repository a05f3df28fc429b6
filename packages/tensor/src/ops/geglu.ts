import { type DType, requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { castTo } from '../kernels/cast.ts';
import { memoize } from '../kernels/memoize.ts';
import { run } from '../kernels/run.ts';
import { defineKernel, type Width } from '../kernels/wgsl.ts';
import { formatShape, type Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { erfSource } from './mathSource.ts';

const WORKGROUP = 64;

/**
 * value gelu(gate), where the last axis of `x` [.., 2D] holds value in its first half and gate in its second:
 * [.., D]. gelu is the one by erf. Reference: GEGLU of diffusers.models.activations, after its projection.
 * @throws ShapeError when the last axis is missing or odd; DTypeError for integers
 */
export function geglu(x: Tensor): Tensor {
  requireFloat('geglu', x.dtype);
  const extent = x.shape.at(-1) ?? 1;
  if (extent % 2 !== 0) throw new ShapeError(`geglu: the last axis of ${formatShape(x.shape)} has no halves`);
  return record(forward(x, [...x.shape.slice(0, -1), extent / 2]), () => ({
    name: 'geglu',
    inputs: [x],
    saved: [x],
    backward: (gradient, [saved]) => [backward(saved!, gradient)],
  }));
}

/** Where halves are not whole vec4s, elements are stored one by one, in f32. */
function storageFor(half: number, dtype: DType): { width: Width; dtype: DType } {
  return half % 4 === 0 ? { width: 4, dtype } : { width: 1, dtype: 'f32' };
}

function forward(x: Tensor, shape: Shape): Tensor {
  const half = shape.at(-1)!;
  const { width, dtype } = storageFor(half, x.dtype);
  const out = Tensor.empty(x.device, shape, dtype, 'geglu');
  launch(forwardKernel(x.dtype, dtype, width), [x, out], out.size / width, half / width, 8);
  return ownedCast(out, x.dtype);
}

function backward(x: Tensor, gradient: Tensor): Tensor {
  const half = gradient.shape.at(-1)!;
  const { width, dtype } = storageFor(half, x.dtype);
  const out = Tensor.empty(x.device, x.shape, dtype, 'gegluBackward');
  const kernel = backwardKernel(x.dtype, dtype, width);
  launch(kernel, [x, gradient, out], gradient.size / width, half / width, 16);
  return ownedCast(out, x.dtype);
}

function ownedCast(x: Tensor, dtype: DType): Tensor {
  const y = castTo(x, dtype);
  if (y !== x) x.dispose();
  return y;
}

function launch(
  kernel: ReturnType<typeof defineKernel>,
  tensors: readonly Tensor[],
  count: number,
  half: number,
  flops: number,
): void {
  run(kernel, tensors, {
    params: { count, half },
    workgroups: Math.ceil(count / WORKGROUP),
    flops: count * flops,
  });
}

const PARAMS = { count: 'u32', half: 'u32' } as const;

const NORMAL_CDF = `${erfSource}
fn normal_cdf(x: vec4f) -> vec4f {
  return 0.5 * (1.0 + erf(x * 0.7071067811865476));
}`;

/** Loads the pair of vec4s (or of elements, repeated) with number `i` among the results. */
const LOAD_PAIR = `
  let i = group_index * ${WORKGROUP}u + lane;
  if (i >= params.count) { return; }
  let first = (i / params.half) * 2u * params.half + i % params.half;
  let value = vec4f(load_x(first));
  let gate = vec4f(load_x(first + params.half));`;

const forwardKernel = memoize((dtype: DType, outDtype: DType, width: Width) => {
  const part = width === 4 ? '' : '.x';
  return defineKernel({
    name: 'geglu',
    bindings: [
      { name: 'x', dtype, width, access: 'read' },
      { name: 'y', dtype: outDtype, width, access: 'write' },
    ],
    params: PARAMS,
    workgroup: [WORKGROUP, 1, 1],
    declarations: NORMAL_CDF,
    main: `${LOAD_PAIR}
  let result = value * gate * normal_cdf(gate);
  store_y(i, result${part});`,
  });
});

const backwardKernel = memoize((dtype: DType, outDtype: DType, width: Width) => {
  const part = width === 4 ? '' : '.x';
  return defineKernel({
    name: 'gegluBackward',
    bindings: [
      { name: 'x', dtype, width, access: 'read' },
      { name: 'gradient', dtype, width, access: 'read' },
      { name: 'y', dtype: outDtype, width, access: 'write' },
    ],
    params: PARAMS,
    workgroup: [WORKGROUP, 1, 1],
    declarations: NORMAL_CDF,
    main: `${LOAD_PAIR}
  let gradient_out = vec4f(load_gradient(i));
  let cdf = normal_cdf(gate);
  let density = 0.3989422804014327 * exp(-0.5 * gate * gate);
  let to_value = gradient_out * gate * cdf;
  let to_gate = gradient_out * value * (cdf + gate * density);
  store_y(first, to_value${part});
  store_y(first + params.half, to_gate${part});`,
  });
});
