import { describe, expect, test } from 'vitest';
import { CheckpointError } from '../../src/checkpointError.ts';
import { parseUNetConfig } from '../../src/unet/config.ts';

/** Stable Diffusion 1.5's `unet/config.json`, which older diffusers wrote. */
const SD15 = {
  _class_name: 'UNet2DConditionModel',
  _diffusers_version: '0.6.0',
  act_fn: 'silu',
  attention_head_dim: 8,
  block_out_channels: [320, 640, 1280, 1280],
  center_input_sample: false,
  cross_attention_dim: 768,
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  downsample_padding: 1,
  flip_sin_to_cos: true,
  freq_shift: 0,
  in_channels: 4,
  layers_per_block: 2,
  mid_block_scale_factor: 1,
  norm_eps: 1e-5,
  norm_num_groups: 32,
  out_channels: 4,
  sample_size: 64,
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
};

describe('parseUNetConfig', () => {
  test('reads Stable Diffusion 1.5', () => {
    const config = parseUNetConfig(SD15);
    expect(config).toMatchObject({ crossAttentionDim: 768, sampleSize: 64, useLinearProjection: false });
    expect(config.downLevels.map(({ channels }) => channels)).toEqual([320, 640, 1280, 1280]);
    expect(config.upLevels.map(({ channels }) => channels)).toEqual([1280, 1280, 640, 320]);
    expect(config.downLevels.map(({ hasAttention }) => hasAttention)).toEqual([true, true, true, false]);
    expect(config.upLevels.map(({ hasAttention }) => hasAttention)).toEqual([false, true, true, true]);
    expect(config.downLevels.every(({ heads }) => heads === 8)).toBe(true);
    expect(config.midLevel).toEqual({ channels: 1280, hasAttention: true, heads: 8 });
  });

  test('reads the heads of every level of Stable Diffusion 2', () => {
    const { downLevels, midLevel, upLevels, useLinearProjection } = parseUNetConfig({
      ...SD15,
      attention_head_dim: [5, 10, 20, 20],
      use_linear_projection: true,
      upcast_attention: true,
    });
    expect(downLevels.map(({ heads }) => heads)).toEqual([5, 10, 20, 20]);
    expect(upLevels.map(({ heads }) => heads)).toEqual([20, 20, 10, 5]);
    expect([midLevel.heads, useLinearProjection]).toEqual([20, true]);
  });

  test('takes the defaults of diffusers for what is absent', () => {
    expect(parseUNetConfig({})).toEqual({
      ...parseUNetConfig(SD15),
      crossAttentionDim: 1280,
      sampleSize: null,
    });
  });

  test.each([
    ['a list', [1], 'unet/config.json is not a JSON object'],
    ['null', null, 'unet/config.json is not a JSON object'],
    [
      'a class embedding',
      { class_embed_type: 'timestep' },
      'class_embed_type is "timestep"; only null is supported.',
    ],
    [
      'added embeddings',
      { addition_embed_type: 'text_time' },
      'addition_embed_type is "text_time"; models that embed more than the timestep, as Stable Diffusion XL does, are not supported.',
    ],
    ['another activation', { act_fn: 'gelu' }, 'act_fn is "gelu"; only "silu" or "swish" is supported.'],
    [
      'another block',
      { down_block_types: ['AttnDownBlock2D'] },
      'down_block_types.0 is "AttnDownBlock2D"; only',
    ],
    ['a word for a number', { in_channels: 'four' }, 'in_channels is "four"; must be a positive integer.'],
    ['no channels', { out_channels: 0 }, 'out_channels is 0; must be a positive integer.'],
    ['no levels', { block_out_channels: [] }, 'block_out_channels is 0; must name at least one level.'],
    [
      'layers of every level',
      { layers_per_block: [1, 2, 2, 2] },
      'layers_per_block is Array; must be a positive integer.',
    ],
    [
      'heads of too few levels',
      { attention_head_dim: [5, 10] },
      'attention_head_dim has 2 entries, but block_out_channels has 4.',
    ],
    [
      'blocks of too few levels',
      { up_block_types: ['UpBlock2D'] },
      'up_block_types has 1 entries, but block_out_channels has 4.',
    ],
    [
      'heads that do not divide the channels',
      { attention_head_dim: 7 },
      'attention_head_dim 7, the number of heads, does not divide 320 channels.',
    ],
    [
      'groups that do not divide the channels',
      { norm_num_groups: 30 },
      'norm_num_groups 30 does not divide block_out_channels 320.',
    ],
  ])('refuses %s', (_, change, message) => {
    const config = Array.isArray(change) || change === null ? change : { ...SD15, ...change };
    expect(() => parseUNetConfig(config)).toThrow(CheckpointError);
    expect(() => parseUNetConfig(config)).toThrow(message);
  });

  test('names the file', () => {
    expect(() => parseUNetConfig({ in_channels: 1.5 }, 'model/unet/config.json')).toThrow(
      'model/unet/config.json: in_channels is 1.5; must be a positive integer.',
    );
  });
});
