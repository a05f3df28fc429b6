import { afterEach, expect, test, vi } from 'vitest';
import { platform } from '../../src/browser/platform.ts';
import { NoAdapterError } from '../../src/errors.ts';
import { SafetensorsError } from '../../src/safetensors/error.ts';

const INFO = { vendor: 'google', architecture: 'swiftshader', device: '', description: '' };

/** A browser whose WebGPU runs on an adapter with these words about itself. */
function browserWith(info: Partial<GPUAdapterInfo> | null): void {
  const adapter = info && { info: { isFallbackAdapter: false, ...INFO, ...info } };
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => adapter } });
}

afterEach(() => vi.unstubAllGlobals());

test.each(['auto', 'swiftshader', 'google'])(
  'adapter %s takes the one that the browser has',
  async (choice) => {
    browserWith({});
    const { name, software } = await platform.findAdapter(choice);
    expect([name, software]).toEqual(['google swiftshader', true]);
  },
);

test.each(['lavapipe', 'gpu', 'nvidia'])(
  'adapter %s is refused where the browser has another',
  async (choice) => {
    browserWith({});
    await expect(platform.findAdapter(choice)).rejects.toThrow(NoAdapterError);
    await expect(platform.findAdapter(choice)).rejects.toThrow(
      `'${choice}', found only 'google swiftshader'`,
    );
  },
);

test('adapter gpu takes a GPU', async () => {
  browserWith({ vendor: 'nvidia', architecture: 'hopper' });
  expect(await platform.findAdapter('gpu')).toMatchObject({ name: 'nvidia hopper', software: false });
});

test('a browser without WebGPU, or without an adapter, is told', async () => {
  vi.stubGlobal('navigator', {});
  await expect(platform.findAdapter('auto')).rejects.toThrow(/no navigator\.gpu/);
  browserWith(null);
  await expect(platform.findAdapter('auto')).rejects.toThrow(/offers no adapter/);
});

test('paths are refused, with what to give instead', async () => {
  await expect(platform.openFile('a.safetensors')).rejects.toThrow(SafetensorsError);
  await expect(platform.openFile('a.safetensors')).rejects.toThrow(/^a\.safetensors: .*Blob/);
  await expect(platform.writeFile('a.safetensors', [])).rejects.toThrow(/encodeSafetensors/);
});
