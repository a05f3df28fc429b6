import * as v from 'valibot';
import { CheckpointError } from '../checkpointError.ts';
import { Count, only, parseConfig } from '../parseConfig.ts';

/** What the autoencoder is built from, read from a diffusers `vae/config.json`. */
export interface VaeConfig {
  /** Channels of the picture that goes in, and of the one that comes out. */
  readonly inChannels: number;
  readonly outChannels: number;
  readonly latentChannels: number;
  /** Highest resolution first; every level but the last halves height and width. */
  readonly blockOutChannels: readonly number[];
  /** Resnets of an encoder's level; a decoder's has one more. */
  readonly layersPerBlock: number;
  readonly normNumGroups: number;
  /** Latents are multiplied by this before they go to the UNet: 1 / their standard deviation. */
  readonly scalingFactor: number;
  readonly midBlockAddAttention: boolean;
  readonly useQuantConv: boolean;
  readonly usePostQuantConv: boolean;
}

const flag = v.optional(v.boolean('must be true or false'), true);

const schema = v.object({
  in_channels: v.optional(Count, 3),
  out_channels: v.optional(Count, 3),
  latent_channels: v.optional(Count, 4),
  block_out_channels: v.optional(
    v.pipe(v.array(Count, 'must be a list of channels'), v.minLength(1, 'must name at least one level')),
    [64],
  ),
  layers_per_block: v.optional(Count, 1),
  norm_num_groups: v.optional(Count, 32),
  scaling_factor: v.optional(v.number('must be a number'), 0.18215),
  mid_block_add_attention: flag,
  use_quant_conv: flag,
  use_post_quant_conv: flag,
  down_block_types: v.optional(v.array(only('DownEncoderBlock2D'), 'must be a list'), []),
  up_block_types: v.optional(v.array(only('UpDecoderBlock2D'), 'must be a list'), []),
  act_fn: only('silu', 'swish'),
  shift_factor: only(null),
  latents_mean: only(null),
  latents_std: only(null),
});

/**
 * Reads the configuration of diffusers' `AutoencoderKL`.
 *
 * @param config the parsed `vae/config.json`
 * @param path the file's path, for messages
 * @throws CheckpointError naming a field that is malformed, at odds with another, or not supported
 */
export function parseVaeConfig(config: unknown, path = 'vae/config.json'): VaeConfig {
  const json = parseConfig(schema, config, path);
  const odd = json.block_out_channels.find((channels) => channels % json.norm_num_groups !== 0);
  if (odd !== undefined) {
    throw new CheckpointError(
      `${path}: norm_num_groups ${json.norm_num_groups} does not divide block_out_channels ${odd}.`,
    );
  }
  return {
    inChannels: json.in_channels,
    outChannels: json.out_channels,
    latentChannels: json.latent_channels,
    blockOutChannels: json.block_out_channels,
    layersPerBlock: json.layers_per_block,
    normNumGroups: json.norm_num_groups,
    scalingFactor: json.scaling_factor,
    midBlockAddAttention: json.mid_block_add_attention,
    useQuantConv: json.use_quant_conv,
    usePostQuantConv: json.use_post_quant_conv,
  };
}

/** How many times smaller than the picture the latents are, along each side. */
export function downscaleFactor({ blockOutChannels }: VaeConfig): number {
  return 2 ** (blockOutChannels.length - 1);
}
