import { expect, test } from 'vitest';
import { AutogradError, requireGrad, scope, TensorError, tensor } from '../../src/index.ts';
import { pointwise } from '../../src/kernels/pointwise.ts';
import { run } from '../../src/kernels/run.ts';
import { defineKernel } from '../../src/kernels/wgsl.ts';
import { device } from '../support/device.ts';

const scaledBy = (factor: number) => ({
  name: 'scaled',
  expression: 'scale(a)',
  declarations: `fn scale(x: vec4f) -> vec4f { return ${factor}.0 * x; }`,
});

test('kernels that differ in their declarations only are two kernels', async () => {
  using x = tensor([1, 2, 3]);
  for (const factor of [2, 3, 2]) {
    using y = pointwise(scaledBy(factor), [x], 'f32');
    expect(Array.from(await y.data())).toEqual([factor, 2 * factor, 3 * factor]);
  }
});

test('two kernels of one name, bindings and params are two kernels', async () => {
  const setting = (value: number) =>
    defineKernel({
      name: 'set',
      bindings: [{ name: 'x', dtype: 'f32', width: 1, access: 'write' }],
      params: {},
      workgroup: [1, 1, 1],
      main: `  store_x(0u, ${value}.0);`,
    });
  using x = tensor([0]);
  for (const value of [4, 5]) {
    run(setting(value), [x], { workgroups: 1 });
    expect(await x.item()).toBe(value);
  }
});

test('a variant is compiled once, and each of its own', () => {
  const compiled = () => device.pipelines.get(increment({ by: 1 })).compute;
  expect(compiled()).toBe(compiled());
  expect(device.pipelines.get(increment({ by: 2 })).compute).not.toBe(compiled());
});

const increment = defineKernel(({ by }: { by: number }) => ({
  name: 'increment',
  bindings: [{ name: 'x', dtype: 'f32', width: 1, access: 'update' }],
  params: {},
  workgroup: [1, 1, 1],
  main: `  store_x(0u, load_x(0u) + ${by}.0);`,
}));

test('a tensor that a kernel updates is refused by gradients that saved it', () => {
  scope(() => {
    const x = requireGrad(tensor([3]));
    const factor = tensor([2]);
    const y = x.mul(factor);
    run(increment({ by: 1 }), [factor], { workgroups: 1 });
    expect(() => y.backward()).toThrow(AutogradError);
  });
});

test('params that do not fit, and tensors that are too few, are refused by name', () => {
  const spec = {
    name: 'wide',
    bindings: [{ name: 'x', dtype: 'f32', width: 1, access: 'update' }],
    workgroup: [1, 1, 1],
    main: '  store_x(0u, f32(dim(params.shape, 0u)));',
  } as const;
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`shape${i}`, 'dims' as const]));
  expect(() => defineKernel({ ...spec, params: many })).toThrow(
    new TypeError('wide: the params take 72 words, more than 64'),
  );
  const kernel = defineKernel({ ...spec, params: { shape: 'dims' } });
  using x = tensor([0]);
  expect(() => run(kernel, [x], { workgroups: 1, params: { shape: new Array(9).fill(1) } })).toThrow(
    new TypeError("wide: param 'shape' holds 8 numbers, got 9"),
  );
  expect(() => run(kernel, [], { workgroups: 1, params: { shape: [1] } })).toThrow(
    new TensorError('wide: launched on 0 tensors, has 1 bindings'),
  );
});

test('a kernel with matrices keeps its workgroup memory in whole blocks', () => {
  const kernel = (type: string) =>
    defineKernel({
      name: 'keep',
      bindings: [],
      params: {},
      workgroup: [32, 1, 1],
      matrixUnits: true,
      declarations: `var<workgroup> rows: array<f16, 8>;\nvar<workgroup> flag: ${type};`,
      main: '',
    });
  expect(() => kernel('array<atomic<u32>, 4>')).not.toThrow();
  expect(() => kernel('array<vec4f, 3>')).not.toThrow();
  expect(() => kernel('atomic<u32>')).toThrow("keep: the workgroup variable 'flag' is of 4 bytes");
  expect(() => kernel('array<f16, 12>')).toThrow("'flag' is of 24 bytes, not of a multiple of 16");
});
