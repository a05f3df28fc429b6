import { NoAdapterError } from '../errors.ts';
import { adapterOf } from '../gpu/adapter.ts';
import type { Platform } from '../platform.ts';
import { SafetensorsError } from '../safetensors/error.ts';

const remembered = new Map<string, string>();

/** Browsers and workers: WebGPU is the browser's own, and there are no files to open by path. */
export const platform: Platform = {
  findAdapter: async (choice) => {
    const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
    if (!gpu) throw new NoAdapterError('openDevice: this browser has no navigator.gpu; use one with WebGPU');
    return adapterOf(gpu, choice);
  },
  webgpu: () => (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent ?? 'unknown',
  recall: async (name) => remembered.get(name) ?? null,
  remember: async (name, text) => {
    remembered.set(name, text);
    return 'this page';
  },
  totalMemory: () => Number.POSITIVE_INFINITY,
  waitOnSoftware: (promise) => promise,
  openFile: async (path) => {
    throw new SafetensorsError(
      String(path),
      'paths cannot be opened in a browser; pass an http(s) URL, a Blob or the bytes',
    );
  },
  writeFile: async (path) => {
    throw new SafetensorsError(
      path,
      'files cannot be written in a browser; save the result of encodeSafetensors',
    );
  },
};
