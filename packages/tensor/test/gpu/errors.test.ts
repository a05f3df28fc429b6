import { expect, test } from 'vitest';
import {
  BindingLimitError,
  DeviceLostError,
  NoAdapterError,
  openDevice,
  ShaderError,
  tensor,
  zeros,
} from '../../src/index.ts';
import { run } from '../../src/kernels/run.ts';
import { defineKernel } from '../../src/kernels/wgsl.ts';
import { device } from '../support/device.ts';

const adapter = process.env.LUSD_ADAPTER ?? 'auto';

test('a shader that does not compile is named, with its source, where the result is awaited', async () => {
  using x = tensor([1]);
  const broken = defineKernel({
    name: 'brokenKernel',
    bindings: [{ name: 'x', dtype: 'f32', width: 1, access: 'update' }],
    params: {},
    workgroup: [1, 1, 1],
    main: '  store_x(0u, nonsense);',
  });
  run(broken, [x], { workgroups: 1 });
  const error = await x.data().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ShaderError);
  expect((error as ShaderError).message).toContain('brokenKernel');
  expect((error as ShaderError).message).toContain('nonsense');
  expect((error as ShaderError).source).toContain('fn main');
  // Said once; the device goes on.
  expect(await tensor([2]).item()).toBe(2);
});

test('a tensor above the binding limit is refused before the device sees it', () => {
  const elements = device.limits.maxStorageBufferBindingSize / 4 + 4;
  expect(() => zeros([elements])).toThrow(BindingLimitError);
});

test('after destroy every use says that the device is gone', async () => {
  const other = await openDevice({ adapter, log: null });
  const x = tensor([1, 2], { device: other });
  other.destroy();
  await expect(x.data()).rejects.toThrow(DeviceLostError);
  expect(() => x.add(1)).toThrow(DeviceLostError);
});

test('a loss while something is awaited rejects it', async () => {
  const other = await openDevice({ adapter, log: null });
  const pending = tensor([1, 2], { device: other }).data();
  other.gpu.destroy();
  await expect(pending).rejects.toThrow(DeviceLostError);
});

test('an adapter that is not there is named, with what was found or tried', async () => {
  await expect(openDevice({ adapter: 'no such adapter', log: null })).rejects.toThrow(NoAdapterError);
  await expect(openDevice({ adapter: 'no such adapter', log: null })).rejects.toThrow(/'no such adapter'/);
});

test('a real GPU is not replaced by software when one is demanded', async () => {
  await expect(openDevice({ adapter: 'gpu', log: null })).rejects.toThrow(NoAdapterError);
});

test('one line says what the device runs on, and warns when that is software', async () => {
  const lines: string[] = [];
  const other = await openDevice({ adapter, log: (line) => lines.push(line) });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^WebGPU on .*software adapter/);
  other.destroy();
});
