import { CheckpointError } from '../checkpointError.ts';
import type { TextEncoderKind } from './singleFile.ts';
import type { Checkpoint } from './weightSource.ts';

/** The fields of diffusers' `unet/config.json` that a checkpoint's shapes determine. */
export interface InferredUnetConfig {
  readonly in_channels: number;
  readonly out_channels: number;
  readonly block_out_channels: readonly number[];
  readonly layers_per_block: number;
  readonly down_block_types: readonly string[];
  readonly up_block_types: readonly string[];
  readonly cross_attention_dim: number;
  readonly use_linear_projection: boolean;
  /** Heads a level, despite the field's name in diffusers. */
  readonly attention_head_dim: number | readonly number[];
}

/** The fields of diffusers' `vae/config.json` that a checkpoint's shapes determine. */
export interface InferredVaeConfig {
  readonly in_channels: number;
  readonly out_channels: number;
  readonly latent_channels: number;
  readonly block_out_channels: readonly number[];
  readonly layers_per_block: number;
}

/** The fields of transformers' CLIP text `config.json` that a checkpoint's shapes determine. */
export interface InferredClipTextConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly max_position_embeddings: number;
  readonly hidden_act: 'quick_gelu' | 'gelu';
}

/** Channels a head in Stable Diffusion 2's UNet and in every published CLIP text encoder. */
const HEAD_CHANNELS = 64;
/** Heads at every level of Stable Diffusion 1's UNet. */
const SD1_HEADS = 8;

/**
 * The UNet's configuration from its weights' shapes. Shapes do not show the number of attention heads; it follows
 * Stable Diffusion's convention: 8 where the transformer's projections are convolutions (version 1), one to 64
 * channels where they are linear (version 2). Nor do they show v-prediction.
 *
 * @throws CheckpointError if a tensor that is needed is missing.
 */
export function inferUnetConfig(unet: Checkpoint): InferredUnetConfig {
  const levels = count(unet, (i) => `down_blocks.${i}.resnets.0.conv1.weight`);
  const channels = range(levels).map((i) => size(unet, `down_blocks.${i}.resnets.0.conv1.weight`, 0));
  const hasAttention = (block: string) => unet.has(`${block}.attentions.0.proj_in.weight`);
  const isLinear = shapeOf(unet, 'mid_block.attentions.0.proj_in.weight').length === 2;
  return {
    in_channels: size(unet, 'conv_in.weight', 1),
    out_channels: size(unet, 'conv_out.weight', 0),
    block_out_channels: channels,
    layers_per_block: count(unet, (j) => `down_blocks.0.resnets.${j}.conv1.weight`),
    down_block_types: range(levels).map((i) =>
      hasAttention(`down_blocks.${i}`) ? 'CrossAttnDownBlock2D' : 'DownBlock2D',
    ),
    up_block_types: range(levels).map((i) =>
      hasAttention(`up_blocks.${i}`) ? 'CrossAttnUpBlock2D' : 'UpBlock2D',
    ),
    cross_attention_dim: size(unet, 'mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight', 1),
    use_linear_projection: isLinear,
    attention_head_dim: isLinear ? channels.map((width) => width / HEAD_CHANNELS) : SD1_HEADS,
  };
}

/**
 * The VAE's configuration from its weights' shapes.
 *
 * @throws CheckpointError if a tensor that is needed is missing.
 */
export function inferVaeConfig(vae: Checkpoint): InferredVaeConfig {
  const levels = count(vae, (i) => `encoder.down_blocks.${i}.resnets.0.conv1.weight`);
  return {
    in_channels: size(vae, 'encoder.conv_in.weight', 1),
    out_channels: size(vae, 'decoder.conv_out.weight', 0),
    latent_channels: size(vae, 'decoder.conv_in.weight', 1),
    block_out_channels: range(levels).map((i) =>
      size(vae, `encoder.down_blocks.${i}.resnets.0.conv1.weight`, 0),
    ),
    layers_per_block: count(vae, (j) => `encoder.down_blocks.0.resnets.${j}.conv1.weight`),
  };
}

/**
 * The text encoder's configuration from its weights' shapes. Shapes do not show the number of heads, which is one
 * to 64 channels in every published CLIP, nor the activation, which is OpenAI's quick GELU or OpenCLIP's GELU.
 *
 * @throws CheckpointError if a tensor that is needed is missing, or the channels do not divide into such heads.
 */
export function inferClipTextConfig(text: Checkpoint, kind: TextEncoderKind): InferredClipTextConfig {
  const hidden = size(text, 'text_model.embeddings.token_embedding.weight', 1);
  return {
    vocab_size: size(text, 'text_model.embeddings.token_embedding.weight', 0),
    hidden_size: hidden,
    intermediate_size: size(text, 'text_model.encoder.layers.0.mlp.fc1.weight', 0),
    num_hidden_layers: count(text, (i) => `text_model.encoder.layers.${i}.mlp.fc1.weight`),
    num_attention_heads: textHeads(hidden),
    max_position_embeddings: size(text, 'text_model.embeddings.position_embedding.weight', 0),
    hidden_act: kind === 'clip' ? 'quick_gelu' : 'gelu',
  };
}

/** Stable Diffusion 1's noise schedule, as diffusers' `scheduler/scheduler_config.json` has it. */
const SD1_SCHEDULER = {
  _class_name: 'DDIMScheduler',
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  set_alpha_to_one: false,
  steps_offset: 1,
  clip_sample: false,
  prediction_type: 'epsilon',
};

/**
 * The noise schedule of a single file, which says nothing of it: Stable Diffusion 1's. Stable Diffusion 2 was published
 * both ways, predicting noise and velocity, and the weights do not tell which way these are.
 *
 * @param path the file, for the message
 * @param configFolder where its schedule was looked for
 * @throws CheckpointError for a file of Stable Diffusion 2
 */
export function inferSchedulerConfig(kind: TextEncoderKind, path: string, configFolder: string) {
  if (kind === 'clip') return SD1_SCHEDULER;
  throw new CheckpointError(
    `${path} does not say whether its model predicts noise or velocity; put its scheduler/scheduler_config.json in ${configFolder}.`,
  );
}

function textHeads(channels: number): number {
  if (channels % HEAD_CHANNELS === 0) return channels / HEAD_CHANNELS;
  throw new CheckpointError(
    `The text encoder's number of attention heads cannot be inferred from its ${channels} channels, which are no multiple of ${HEAD_CHANNELS}; use a diffusers folder with text_encoder/config.json.`,
  );
}

function shapeOf(checkpoint: Checkpoint, key: string): readonly number[] {
  const source = checkpoint.get(key);
  if (source) return source.shape;
  throw new CheckpointError(
    `The model's configuration cannot be inferred because its checkpoint has no '${key}'; use a complete checkpoint or a diffusers folder with config.json.`,
  );
}

function size(checkpoint: Checkpoint, key: string, axis: number): number {
  const value = shapeOf(checkpoint, key)[axis];
  if (value !== undefined) return value;
  throw new CheckpointError(
    `The model's configuration cannot be inferred because '${key}' has only ${axis} dimensions; the checkpoint is not Stable Diffusion's.`,
  );
}

function count(checkpoint: Checkpoint, keyOf: (index: number) => string): number {
  let index = 0;
  while (checkpoint.has(keyOf(index))) index++;
  return index;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
