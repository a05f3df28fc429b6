import { CheckpointError } from '../checkpointError.ts';
import type { JsonObject } from '../json.ts';
import type { PredictionType } from '../schedulers/noiseConfig.ts';
import type { TextEncoderKind } from './singleFile.ts';
import type { StateDict } from './weightSource.ts';

/** Channels a head in Stable Diffusion 2's UNet and in every published CLIP text encoder. */
const HEAD_CHANNELS = 64;
/** Heads at every level of Stable Diffusion 1's UNet. */
const SD1_HEADS = 8;

/**
 * The UNet's configuration, as diffusers' `unet/config.json` has it, from its weights' shapes. Shapes do not show the
 * number of attention heads; it follows Stable Diffusion's convention: 8 where the transformer's projections are
 * convolutions (version 1), one to 64 channels where they are linear (version 2). Nor do they show v-prediction.
 *
 * @throws CheckpointError if a tensor that is needed is missing.
 */
export function inferUnetConfig(unet: StateDict) {
  const levels = count(unet, (i) => `down_blocks.${i}.resnets.0.conv1.weight`);
  const channels = range(levels).map((i) => size(unet, `down_blocks.${i}.resnets.0.conv1.weight`, 0));
  const hasAttention = (block: string) => unet.has(`${block}.attentions.0.proj_in.weight`);
  const isLinear = shapeOf(unet, 'mid_block.attentions.0.proj_in.weight').length === 2;
  return {
    _class_name: 'UNet2DConditionModel',
    act_fn: 'silu',
    center_input_sample: false,
    downsample_padding: 1,
    flip_sin_to_cos: true,
    freq_shift: 0,
    mid_block_scale_factor: 1,
    norm_eps: 1e-5,
    norm_num_groups: 32,
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
 * The VAE's configuration, as diffusers' `vae/config.json` has it, from its weights' shapes. They do not show the
 * scaling factor, which is Stable Diffusion's 0.18215.
 *
 * @throws CheckpointError if a tensor that is needed is missing.
 */
export function inferVaeConfig(vae: StateDict) {
  const levels = count(vae, (i) => `encoder.down_blocks.${i}.resnets.0.conv1.weight`);
  return {
    _class_name: 'AutoencoderKL',
    act_fn: 'silu',
    norm_num_groups: 32,
    scaling_factor: 0.18215,
    down_block_types: range(levels).map(() => 'DownEncoderBlock2D'),
    up_block_types: range(levels).map(() => 'UpDecoderBlock2D'),
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
 * The text encoder's configuration, as transformers' `config.json` has it, from its weights' shapes. Shapes do not show
 * the number of heads, which is one to 64 channels in every published CLIP, nor the activation, which is OpenAI's quick
 * GELU or OpenCLIP's GELU.
 *
 * @throws CheckpointError if a tensor that is needed is missing, or the channels do not divide into such heads.
 */
export function inferClipTextConfig(text: StateDict, kind: TextEncoderKind) {
  const hidden = size(text, 'text_model.embeddings.token_embedding.weight', 1);
  return {
    architectures: ['CLIPTextModel'],
    model_type: 'clip_text_model',
    layer_norm_eps: 1e-5,
    bos_token_id: 49406,
    eos_token_id: 49407,
    pad_token_id: kind === 'clip' ? 49407 : 0,
    projection_dim: hidden,
    vocab_size: size(text, 'text_model.embeddings.token_embedding.weight', 0),
    hidden_size: hidden,
    intermediate_size: size(text, 'text_model.encoder.layers.0.mlp.fc1.weight', 0),
    num_hidden_layers: count(text, (i) => `text_model.encoder.layers.${i}.mlp.fc1.weight`),
    num_attention_heads: textHeads(hidden),
    max_position_embeddings: size(text, 'text_model.embeddings.position_embedding.weight', 0),
    hidden_act: kind === 'clip' ? 'quick_gelu' : 'gelu',
  };
}

/** Stable Diffusion's noise schedule, as diffusers' `scheduler/scheduler_config.json` has it. */
const SCHEDULER = {
  _class_name: 'DDIMScheduler',
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  set_alpha_to_one: false,
  steps_offset: 1,
  clip_sample: false,
};

/**
 * The noise schedule of a single file, of which the weights' shapes tell nothing: Stable Diffusion's.
 *
 * @param told other known fields, by diffusers' names
 */
export function inferSchedulerConfig(predictionType: PredictionType, told: JsonObject): JsonObject {
  return { ...SCHEDULER, prediction_type: predictionType, ...told };
}

/** Channels of the published Stable Diffusion 1 and 2, by level. */
const SD_CHANNELS = [320, 640, 1280, 1280];

/** Whether a UNet's configuration has the size of the published Stable Diffusion 1 and 2. */
export function isStableDiffusionSized(config: JsonObject): boolean {
  const channels = config.block_out_channels ?? SD_CHANNELS;
  return Array.isArray(channels) && SD_CHANNELS.every((width, level) => channels[level] === width);
}

/** Latent side that the published models were trained at: 64 (512 pixels), and 96 those that predict velocity. */
export function inferSampleSize(kind: TextEncoderKind, predictionType: PredictionType): number {
  return kind === 'openClip' && predictionType === 'v_prediction' ? 96 : 64;
}

function textHeads(channels: number): number {
  if (channels % HEAD_CHANNELS === 0) return channels / HEAD_CHANNELS;
  throw new CheckpointError(
    `The text encoder's number of attention heads cannot be inferred from its ${channels} channels, which are no multiple of ${HEAD_CHANNELS}; use a diffusers folder with text_encoder/config.json.`,
  );
}

function shapeOf(checkpoint: StateDict, key: string): readonly number[] {
  const source = checkpoint.get(key);
  if (source) return source.shape;
  throw new CheckpointError(
    `The model's configuration cannot be inferred because its checkpoint has no '${key}'; use a complete checkpoint or a diffusers folder with config.json.`,
  );
}

function size(checkpoint: StateDict, key: string, axis: number): number {
  const value = shapeOf(checkpoint, key)[axis];
  if (value !== undefined) return value;
  throw new CheckpointError(
    `The model's configuration cannot be inferred because '${key}' has only ${axis} dimensions; the checkpoint is not Stable Diffusion's.`,
  );
}

function count(checkpoint: StateDict, keyOf: (index: number) => string): number {
  let index = 0;
  while (checkpoint.has(keyOf(index))) index++;
  return index;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
