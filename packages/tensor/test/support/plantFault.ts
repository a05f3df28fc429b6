import { vi } from 'vitest';
import type { Device } from '../../src/index.ts';
import { platform } from '../../src/node/platform.ts';

/**
 * A driver that compiles wrongly: every WGSL text is what `edit` makes of it, on all devices, until the result is
 * disposed. Kernels that a device has compiled before stay as they are.
 */
export function plantInShaders(device: Device, edit: (this: GPUDevice, wgsl: string) => string): Disposable {
  const prototype = Object.getPrototypeOf(device.gpu) as GPUDevice;
  const original = prototype.createShaderModule;
  const spy = vi.spyOn(prototype, 'createShaderModule').mockImplementation(function (
    this: GPUDevice,
    shader,
  ) {
    return original.call(this, { ...shader, code: edit.call(this, shader.code) });
  });
  return { [Symbol.dispose]: () => spy.mockRestore() };
}

/** A driver that says other things about its adapter than are so. */
export function plantInInfo(lies: Partial<GPUAdapterInfo>): Disposable {
  const original = platform.findAdapter;
  const spy = vi.spyOn(platform, 'findAdapter').mockImplementation(async (choice) => {
    const found = await original(choice);
    const { features, limits, info } = found.adapter;
    const words = Object.fromEntries(WORDS.map((name) => [name, info[name]]));
    const requestDevice = (wanted?: GPUDeviceDescriptor) => found.adapter.requestDevice(wanted);
    return {
      ...found,
      adapter: { features, limits, info: { ...words, ...lies }, requestDevice } as GPUAdapter,
    };
  });
  return { [Symbol.dispose]: () => spy.mockRestore() };
}

const WORDS = ['vendor', 'architecture', 'device', 'description', 'isFallbackAdapter'] as const;
