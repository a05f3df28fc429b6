import * as v from 'valibot';
import { CheckpointError } from '../checkpointError.ts';
import { Count, only, parseConfig } from '../parseConfig.ts';

/** One resolution of the UNet, on its way down or up. */
export interface UNetLevel {
  readonly channels: number;
  /** Whether a transformer follows each resnet (diffusers' `CrossAttn...Block2D`). */
  readonly hasAttention: boolean;
  /** Attention heads; each has channels / heads features. */
  readonly heads: number;
}

/** What the UNet is built from, read from a diffusers `unet/config.json`. */
export interface UNetConfig {
  /** Channels of the sample, with those of `concat` where a model takes such (9 for inpainting: 4 + 1 + 4). */
  readonly inChannels: number;
  readonly outChannels: number;
  /** Latent height and width that the model was trained at, where the file says so. */
  readonly sampleSize: number | null;
  /** Highest resolution first. */
  readonly downLevels: readonly UNetLevel[];
  /** The level of the mid block; it always has attention. */
  readonly midLevel: UNetLevel;
  /** Lowest resolution first. */
  readonly upLevels: readonly UNetLevel[];
  /** Resnets of a down block; an up block has one more. */
  readonly layersPerBlock: number;
  /** Features of the context (the text encoder's hidden size). */
  readonly crossAttentionDim: number;
  /** Whether a transformer's projections are stored as matrices (SD 2) or as 1x1 convolutions (SD 1). */
  readonly useLinearProjection: boolean;
  readonly normNumGroups: number;
  readonly normEps: number;
  readonly flipSinToCos: boolean;
  readonly freqShift: number;
  /** What is embedded beside the timestep: nothing. Stable Diffusion XL's 'text_time' is not supported. */
  readonly additionEmbedType: null;
}

const NUMBER = 'must be a number';
const BOOLEAN = 'must be true or false';

function listOf<const T extends readonly [string, string]>(...types: T) {
  const message = `must be a list of ${types.join(' and ')}`;
  return v.array(v.picklist(types, `only ${types.join(' and ')} are supported`), message);
}

/** The fields that differ between the models; absent ones take diffusers' defaults. */
const variable = {
  in_channels: v.optional(Count, 4),
  out_channels: v.optional(Count, 4),
  sample_size: v.nullish(Count, null),
  block_out_channels: v.optional(
    v.pipe(v.array(Count, 'must be a list of channels'), v.minLength(1, 'must name at least one level')),
    [320, 640, 1280, 1280],
  ),
  down_block_types: v.optional(listOf('CrossAttnDownBlock2D', 'DownBlock2D'), [
    'CrossAttnDownBlock2D',
    'CrossAttnDownBlock2D',
    'CrossAttnDownBlock2D',
    'DownBlock2D',
  ]),
  up_block_types: v.optional(listOf('CrossAttnUpBlock2D', 'UpBlock2D'), [
    'UpBlock2D',
    'CrossAttnUpBlock2D',
    'CrossAttnUpBlock2D',
    'CrossAttnUpBlock2D',
  ]),
  layers_per_block: v.optional(Count, 2),
  cross_attention_dim: v.optional(Count, 1280),
  attention_head_dim: v.optional(
    v.union([Count, v.array(Count)], 'must be a positive integer or a list of them, one a level'),
    8,
  ),
  use_linear_projection: v.optional(v.boolean(BOOLEAN), false),
  norm_num_groups: v.optional(Count, 32),
  norm_eps: v.optional(v.number(NUMBER), 1e-5),
  flip_sin_to_cos: v.optional(v.boolean(BOOLEAN), true),
  freq_shift: v.optional(v.number(NUMBER), 0),
};

/** The fields that change the computation and are the same in Stable Diffusion 1 and 2. */
const fixed = {
  act_fn: only('silu', 'swish'),
  mid_block_type: only('UNetMidBlock2DCrossAttn'),
  mid_block_scale_factor: only(1),
  mid_block_only_cross_attention: only(null, false),
  only_cross_attention: only(false),
  dual_cross_attention: only(false),
  center_input_sample: only(false),
  downsample_padding: only(1),
  transformer_layers_per_block: only(1),
  reverse_transformer_layers_per_block: only(null),
  num_attention_heads: only(null),
  attention_type: only('default'),
  cross_attention_norm: only(null),
  resnet_time_scale_shift: only('default'),
  resnet_skip_time_act: only(false),
  resnet_out_scale_factor: only(1),
  time_embedding_type: only('positional'),
  time_embedding_dim: only(null),
  time_embedding_act_fn: only(null),
  timestep_post_act: only(null),
  time_cond_proj_dim: only(null),
  class_embed_type: only(null),
  num_class_embeds: only(null),
  addition_embed_type: v.nullish(
    v.null('models that embed more than the timestep, as Stable Diffusion XL does, are not supported'),
    null,
  ),
  encoder_hid_dim: only(null),
  encoder_hid_dim_type: only(null),
  conv_in_kernel: only(3),
  conv_out_kernel: only(3),
};

const schema = v.object({ ...variable, ...fixed });
type UNetJson = v.InferOutput<typeof schema>;

/**
 * Reads the configuration of diffusers' `UNet2DConditionModel`. Its `attention_head_dim` is the number of heads,
 * despite its name.
 *
 * @param config the parsed `unet/config.json`.
 * @param path the file's path, for messages.
 * @throws CheckpointError naming a field that is malformed, at odds with another, or not supported.
 */
export function parseUNetConfig(config: unknown, path = 'unet/config.json'): UNetConfig {
  const json = parseConfig(schema, config, path);
  const fail = (reason: string) => new CheckpointError(`${path}: ${reason}.`);
  requireSameLevels(json, fail);
  const heads = perLevel(json.attention_head_dim, json.block_out_channels.length);
  const level = (i: number, type: string): UNetLevel => ({
    channels: json.block_out_channels[i]!,
    hasAttention: type.startsWith('CrossAttn'),
    heads: heads[i]!,
  });
  const last = heads.length - 1;
  const downLevels = json.down_block_types.map((type, i) => level(i, type));
  const midLevel = { ...downLevels[last]!, hasAttention: true };
  const upLevels = json.up_block_types.map((type, i) => level(last - i, type));
  for (const each of [...downLevels, midLevel, ...upLevels]) requireDivisible(each, json, fail);
  return {
    inChannels: json.in_channels,
    outChannels: json.out_channels,
    sampleSize: json.sample_size,
    downLevels,
    midLevel,
    upLevels,
    layersPerBlock: json.layers_per_block,
    crossAttentionDim: json.cross_attention_dim,
    useLinearProjection: json.use_linear_projection,
    normNumGroups: json.norm_num_groups,
    normEps: json.norm_eps,
    flipSinToCos: json.flip_sin_to_cos,
    freqShift: json.freq_shift,
    additionEmbedType: json.addition_embed_type,
  };
}

type Fail = (reason: string) => CheckpointError;

function perLevel(value: number | readonly number[], levels: number): readonly number[] {
  return typeof value === 'number' ? new Array<number>(levels).fill(value) : value;
}

function requireSameLevels(json: UNetJson, fail: Fail): void {
  const levels = json.block_out_channels.length;
  for (const field of ['down_block_types', 'up_block_types', 'attention_head_dim'] as const) {
    const value = json[field];
    if (typeof value === 'number' || value.length === levels) continue;
    throw fail(`${field} has ${value.length} entries, but block_out_channels has ${levels}`);
  }
}

function requireDivisible({ channels, heads, hasAttention }: UNetLevel, json: UNetJson, fail: Fail): void {
  if (channels % json.norm_num_groups !== 0) {
    throw fail(`norm_num_groups ${json.norm_num_groups} does not divide block_out_channels ${channels}`);
  }
  if (hasAttention && channels % heads !== 0) {
    throw fail(`attention_head_dim ${heads}, the number of heads, does not divide ${channels} channels`);
  }
}
