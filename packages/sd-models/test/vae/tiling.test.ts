import type { Device } from '@lusd/tensor';
import { describe, expect, test } from 'vitest';
import { parseVaeConfig } from '../../src/vae/config.ts';
import { chooseTileSize, type Pass, type TilingOptions } from '../../src/vae/tiling.ts';

const sd1 = parseVaeConfig({ block_out_channels: [128, 256, 512, 512], layers_per_block: 2 });
const MIB = 2 ** 20;

function choose(
  pass: Pass,
  side: number,
  bindingMiB: number,
  dtype: 'f32' | 'f16',
  options: TilingOptions = {},
) {
  const limits = { maxStorageBufferBindingSize: bindingMiB * MIB, maxBufferSize: 4096 * MIB };
  const device = { limits } as unknown as Device;
  return chooseTileSize(pass, sd1, { batch: 1, height: side, width: side }, { device, dtype }, options);
}

describe('chooseTileSize', () => {
  // Decoding 512 x 512 takes a tensor of 256 x 512 x 512: 256 MiB in f32. 352 is the largest multiple of 32 that fits.
  test.each([
    ['decode', 512, 128, 'f32', 352],
    ['decode', 512, 256, 'f32', null],
    ['decode', 512, 128, 'f16', null],
    ['decode', 768, 128, 'f16', 512],
    ['encode', 512, 128, 'f32', null],
    ['encode', 544, 128, 'f32', 512],
    ['decode', 1024, 1024, 'f32', null],
  ] as const)('%s of %d with bindings of %d MiB in %s: %s', (pass, side, binding, dtype, expected) => {
    expect(choose(pass, side, binding, dtype)).toBe(expected);
  });

  test('follows the options', () => {
    expect(choose('decode', 512, 128, 'f32', { tiling: false })).toBeNull();
    expect(choose('decode', 512, 1024, 'f32', { tiling: true, tileSize: 256 })).toBe(256);
    expect(choose('decode', 256, 1024, 'f32', { tiling: true, tileSize: 256 })).toBeNull();
  });

  test('refuses a tile that its overlap does not divide', () => {
    expect(() => choose('decode', 512, 1024, 'f32', { tiling: true, tileSize: 100 })).toThrow(
      'A tile of 100 pixels cannot be used; tileSize must be a multiple of 32',
    );
  });

  test('says so where not even the smallest tile fits', () => {
    expect(() => choose('decode', 512, 0.5, 'f32')).toThrow('A tile of 0 pixels cannot be used');
  });
});
