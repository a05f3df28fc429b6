import { parseClipTextConfig, parseUNetConfig, parseVaeConfig } from '@lusd/sd-models';

/** The configurations of Stable Diffusion 1.5, as its `config.json` files have them where they differ from defaults. */
export const CONFIGS = {
  unet: {
    _class_name: 'UNet2DConditionModel',
    block_out_channels: [320, 640, 1280, 1280],
    layers_per_block: 2,
    cross_attention_dim: 768,
    attention_head_dim: 8,
    down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  },
  vae: {
    _class_name: 'AutoencoderKL',
    block_out_channels: [128, 256, 512, 512],
    layers_per_block: 2,
    latent_channels: 4,
  },
  text_encoder: {
    architectures: ['CLIPTextModel'],
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    vocab_size: 49408,
    max_position_embeddings: 77,
    hidden_act: 'quick_gelu',
    eos_token_id: 2,
  },
};

export const PARSED_CONFIGS = {
  unet: parseUNetConfig(CONFIGS.unet),
  vae: parseVaeConfig(CONFIGS.vae),
  textEncoder: parseClipTextConfig(CONFIGS.text_encoder),
};

export const SCHEDULER_CONFIG = {
  _class_name: 'PNDMScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  clip_sample: false,
  set_alpha_to_one: false,
  skip_prk_steps: true,
  steps_offset: 1,
};

export const MODEL_INDEX = {
  _class_name: 'StableDiffusionPipeline',
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  scheduler: ['diffusers', 'PNDMScheduler'],
};
