import { describe, expect, test } from 'vitest';
import { downscaleFactor, parseVaeConfig } from '../../src/vae/config.ts';

describe('parseVaeConfig', () => {
  test("absent fields take diffusers' defaults", () => {
    const config = parseVaeConfig({ block_out_channels: [128, 256, 512, 512] });
    expect(config.scalingFactor).toBe(0.18215);
    expect(config.normNumGroups).toBe(32);
    expect(downscaleFactor(config)).toBe(8);
  });

  test.each([
    [{ block_out_channels: 64 }, /block_out_channels is 64; must be a list of channels/],
    [{ block_out_channels: [] }, /must name at least one level/],
    [{ block_out_channels: [33] }, /norm_num_groups 32 does not divide block_out_channels 33/],
    [{ block_out_channels: [32], act_fn: 'gelu' }, /act_fn is "gelu"; only "silu" or "swish" is supported/],
    [{ block_out_channels: [32], shift_factor: 0.1 }, /shift_factor is 0.1; only null is supported/],
    [
      { block_out_channels: [32], down_block_types: ['AttnDownEncoderBlock2D'] },
      /down_block_types\.0 is "AttnDownEncoderBlock2D"; only "DownEncoderBlock2D" is supported/,
    ],
  ])('refuses %j', (config, message) => {
    expect(() => parseVaeConfig(config)).toThrow(message);
  });
});
