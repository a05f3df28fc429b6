import type { DType } from '../dtype.ts';
import { extentOf, type Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { replaceAs } from './cast.ts';
import { storableDtype } from './lines.ts';
import { normalCdfSource } from './mathSource.ts';
import { run } from './run.ts';
import { defineKernel, type WgslKernel, type Width } from './wgsl.ts';

const WORKGROUP = 64;

/** value gelu(gate) of `x` [.., 2D], whose last axis holds value and then gate, as `shape` [.., D]. */
export function gegluForward(x: Tensor, shape: Shape): Tensor {
  const { half, width } = halvesOf(x);
  const out = Tensor.empty(x.device, shape, storableDtype(x.dtype, width), 'geglu');
  const kernel = forwardKernel({ dtype: x.dtype, outDtype: out.dtype, width });
  launch(kernel, [x, out], out.size / width, half / width, 8);
  return replaceAs(out, x.dtype);
}

/** Gradient of `x` of `gegluForward`. */
export function gegluBackward(x: Tensor, gradient: Tensor): Tensor {
  const { half, width } = halvesOf(x);
  const out = Tensor.empty(x.device, x.shape, storableDtype(x.dtype, width), 'gegluBackward');
  const kernel = backwardKernel({ dtype: x.dtype, outDtype: out.dtype, width });
  launch(kernel, [x, gradient, out], gradient.size / width, half / width, 16);
  return replaceAs(out, x.dtype);
}

/** Where halves are not whole vec4s, elements are stored one by one. */
function halvesOf(x: Tensor): { half: number; width: Width } {
  const half = extentOf(x.shape, -1) / 2;
  return { half, width: half % 4 === 0 ? 4 : 1 };
}

function launch(
  kernel: WgslKernel,
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

interface GegluVariant {
  readonly dtype: DType;
  readonly outDtype: DType;
  readonly width: Width;
}

const PARAMS = { count: 'u32', half: 'u32' } as const;

/** Loads the pair of vec4s (or of elements, repeated) with number `i` among the results. */
const LOAD_PAIR = `
  let i = group_index * ${WORKGROUP}u + lane;
  if (i >= params.count) { return; }
  let first = (i / params.half) * 2u * params.half + i % params.half;
  let value = vec4f(load_x(first));
  let gate = vec4f(load_x(first + params.half));`;

const forwardKernel = defineKernel(({ dtype, outDtype, width }: GegluVariant) => ({
  name: 'geglu',
  bindings: [
    { name: 'x', dtype, width, access: 'read' },
    { name: 'y', dtype: outDtype, width, access: 'write' },
  ],
  params: PARAMS,
  workgroup: [WORKGROUP, 1, 1],
  declarations: normalCdfSource,
  main: `${LOAD_PAIR}
  let result = value * gate * normal_cdf(gate);
  store_y(i, result${width === 4 ? '' : '.x'});`,
}));

const backwardKernel = defineKernel(({ dtype, outDtype, width }: GegluVariant) => {
  const part = width === 4 ? '' : '.x';
  return {
    name: 'gegluBackward',
    bindings: [
      { name: 'x', dtype, width, access: 'read' },
      { name: 'gradient', dtype, width, access: 'read' },
      { name: 'y', dtype: outDtype, width, access: 'write' },
    ],
    params: PARAMS,
    workgroup: [WORKGROUP, 1, 1],
    declarations: normalCdfSource,
    main: `${LOAD_PAIR}
  let gradient_out = vec4f(load_gradient(i));
  let cdf = normal_cdf(gate);
  let density = 0.3989422804014327 * exp(-0.5 * gate * gate);
  let to_value = gradient_out * gate * cdf;
  let to_gate = gradient_out * value * (cdf + gate * density);
  store_y(first, to_value${part});
  store_y(first + params.half, to_gate${part});`,
  };
});
