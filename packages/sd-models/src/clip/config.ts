import * as v from 'valibot';
import { CheckpointError } from '../checkpointError.ts';
import { Count, parseConfig } from '../parseConfig.ts';

/** Activation between a layer's two linear maps: x sigmoid(1.702 x), or GELU by erf. */
export type ClipActivation = 'quick_gelu' | 'gelu';

/** What both of CLIP's transformers are built from. */
export interface ClipTowerConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly hiddenAct: ClipActivation;
  readonly layerNormEps: number;
}

/** What CLIP's text encoder is built from. */
export interface ClipTextConfig extends ClipTowerConfig {
  readonly vocabSize: number;
  readonly maxPositionEmbeddings: number;
  /** The end token, where its first place is pooled; null: the largest id of the text is taken for it. */
  readonly eosTokenId: number | null;
}

/** What CLIP's image encoder is built from. */
export interface ClipVisionConfig extends ClipTowerConfig {
  readonly numChannels: number;
  /** Side of the square picture, in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
}

/** What CLIP is built from, read from transformers' `config.json`. */
export interface ClipConfig {
  readonly text: ClipTextConfig;
  readonly vision: ClipVisionConfig;
  /** Width of the space that both towers' embeddings share. */
  readonly projectionDim: number;
}

/** Before transformers 4.31 every configuration named 2, whatever the end token was; so the largest id is meant. */
const LEGACY_EOS_TOKEN_ID = 2;

const tower = (hiddenSize: number, intermediateSize: number, heads: number) => ({
  hidden_size: v.optional(Count, hiddenSize),
  intermediate_size: v.optional(Count, intermediateSize),
  num_hidden_layers: v.optional(Count, 12),
  num_attention_heads: v.optional(Count, heads),
  hidden_act: v.optional(
    v.picklist(['quick_gelu', 'gelu'], 'only "quick_gelu" or "gelu" is supported'),
    'quick_gelu',
  ),
  layer_norm_eps: v.optional(v.number('must be a number'), 1e-5),
});

const textSchema = v.object({
  ...tower(512, 2048, 8),
  vocab_size: v.optional(Count, 49408),
  max_position_embeddings: v.optional(Count, 77),
  eos_token_id: v.optional(v.pipe(v.number('must be a number'), v.integer('must be an integer')), 49407),
});

const visionSchema = v.object({
  ...tower(768, 3072, 12),
  num_channels: v.optional(Count, 3),
  image_size: v.optional(Count, 224),
  patch_size: v.optional(Count, 32),
});

const towerOf = v.optional(v.looseObject({}, 'must be an object'), {});
const clipSchema = v.object({
  text_config: towerOf,
  vision_config: towerOf,
  projection_dim: v.optional(Count, 512),
});

/**
 * Reads the configuration of transformers' `CLIPTextModel`; absent fields take transformers' defaults.
 *
 * @param config the parsed `text_encoder/config.json`
 * @param path the file's path, for messages
 * @throws CheckpointError naming a field that is malformed, at odds with another, or not supported
 */
export function parseClipTextConfig(config: unknown, path = 'text_encoder/config.json'): ClipTextConfig {
  const json = parseConfig(textSchema, config, path);
  return {
    ...towerConfig(json, path),
    vocabSize: json.vocab_size,
    maxPositionEmbeddings: json.max_position_embeddings,
    eosTokenId: json.eos_token_id === LEGACY_EOS_TOKEN_ID ? null : json.eos_token_id,
  };
}

/**
 * Reads the configuration of transformers' `CLIPModel`, both towers.
 *
 * @param config the parsed `config.json`
 * @param path the file's path, for messages
 * @throws CheckpointError as {@link parseClipTextConfig}
 */
export function parseClipConfig(config: unknown, path = 'config.json'): ClipConfig {
  const json = parseConfig(clipSchema, config, path);
  return {
    text: parseClipTextConfig(json.text_config, `${path}: text_config`),
    vision: parseClipVisionConfig(json.vision_config, `${path}: vision_config`),
    projectionDim: json.projection_dim,
  };
}

function parseClipVisionConfig(config: unknown, path: string): ClipVisionConfig {
  const json = parseConfig(visionSchema, config, path);
  if (json.image_size % json.patch_size !== 0) {
    throw new CheckpointError(
      `${path}: patch_size ${json.patch_size} does not divide image_size ${json.image_size}.`,
    );
  }
  return {
    ...towerConfig(json, path),
    numChannels: json.num_channels,
    imageSize: json.image_size,
    patchSize: json.patch_size,
  };
}

type TowerJson = v.InferOutput<v.ObjectSchema<ReturnType<typeof tower>, undefined>>;

function towerConfig(json: TowerJson, path: string): ClipTowerConfig {
  if (json.hidden_size % json.num_attention_heads !== 0) {
    throw new CheckpointError(
      `${path}: num_attention_heads ${json.num_attention_heads} does not divide hidden_size ${json.hidden_size}.`,
    );
  }
  return {
    hiddenSize: json.hidden_size,
    intermediateSize: json.intermediate_size,
    numHiddenLayers: json.num_hidden_layers,
    numAttentionHeads: json.num_attention_heads,
    hiddenAct: json.hidden_act,
    layerNormEps: json.layer_norm_eps,
  };
}
