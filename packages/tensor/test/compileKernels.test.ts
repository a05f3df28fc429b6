import { afterEach, expect, test, vi } from 'vitest';
import {
  capture,
  compileKernels,
  linear,
  openDevice,
  ShaderError,
  ShapeError,
  setDevice,
  tensor,
} from '../src/index.ts';
import { run } from '../src/kernels/run.ts';
import { defineKernel } from '../src/kernels/wgsl.ts';
import { device } from './support/device.ts';

afterEach(() => vi.restoreAllMocks());

test('kernels that were compiled ahead are not compiled again, and nothing of the step has run', async () => {
  const other = await openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', log: null });
  try {
    const x = tensor([[1, 2, 3]], { device: other });
    const weight = tensor([[1], [2], [3]], { device: other });
    const y = tensor([[5]], { device: other });
    const step = () => {
      y.copyFrom(linear(x, weight).add(1));
    };
    const count = await compileKernels(step, other);
    expect(count).toBeGreaterThan(1);
    expect(Array.from(await y.data())).toEqual([5]);
    const compile = vi.spyOn(Object.getPrototypeOf(other.gpu) as GPUDevice, 'createComputePipeline');
    step();
    expect(Array.from(await y.data())).toEqual([15]);
    expect(compile).not.toHaveBeenCalled();
    expect(await compileKernels(step, other)).toBe(0);
  } finally {
    other.destroy();
    setDevice(device);
  }
});

const broken = defineKernel({
  name: 'broken',
  bindings: [{ name: 'x', dtype: 'f32', width: 1, access: 'write' }],
  params: {},
  workgroup: [1, 1, 1],
  main: '  store_x(0u, nonsense);',
});

test('a kernel that does not compile is named, as it is where it is launched', async () => {
  using x = tensor([1]);
  const launch = () => run(broken, [x], { workgroups: 1 });
  await expect(compileKernels(launch)).rejects.toThrow(ShaderError);
  await expect(compileKernels(launch)).rejects.toThrow(/^broken: the shader did not compile: .*nonsense/s);
  await device.sync();
});

test('an error of the step is thrown, and the next launches run', async () => {
  await expect(compileKernels(() => linear(tensor([[1]]), tensor([[1, 2]]), tensor([1])))).rejects.toThrow(
    ShapeError,
  );
  using x = tensor([1]);
  using y = x.add(1);
  expect(await y.item()).toBe(2);
});

test('a captured step cannot wait for its kernels', () => {
  let refused: Promise<number> | undefined;
  capture(() => {
    refused = compileKernels(() => {});
  }).dispose();
  return expect(refused).rejects.toThrow(/compileKernels: a captured step cannot wait for its kernels/);
});
