import { computeType, type DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import { run } from './run.ts';
import { defineKernel, valueType } from './wgsl.ts';

const WORKGROUP = 64;

/** Sets every element of `x` to `value`. */
export function fillWith(x: Tensor, value: number): void {
  const count = Math.ceil(x.size / 4);
  run(fillKernel({ dtype: x.dtype }), [x], {
    params: { count, value: x.dtype === 'bool' ? Number(value !== 0) : value },
    workgroups: Math.ceil(count / WORKGROUP),
  });
}

const fillKernel = defineKernel(({ dtype }: { dtype: DType }) => ({
  name: 'fill',
  bindings: [{ name: 'y', dtype, width: 4, access: 'write' }],
  params: { count: 'u32', value: computeType(dtype) },
  workgroup: [WORKGROUP, 1, 1],
  main: `
  let i = group_index * ${WORKGROUP}u + lane;
  if (i >= params.count) { return; }
  store_y(i, ${valueType(dtype, 4)}(params.value));`,
}));
