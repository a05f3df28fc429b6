import { CheckpointError } from '../checkpointError.ts';
import { resblockIndex, resblockWeights } from './clipResblock.ts';
import { normaliseClip } from './clipText.ts';
import { collectWeights, type StateDict, transposed, type WeightSource } from './weightSource.ts';

const VISION_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'conv1.weight': 'vision_model.embeddings.patch_embedding.weight',
    class_embedding: 'vision_model.embeddings.class_embedding',
    positional_embedding: 'vision_model.embeddings.position_embedding.weight',
    'ln_pre.weight': 'vision_model.pre_layrnorm.weight',
    'ln_pre.bias': 'vision_model.pre_layrnorm.bias',
    'ln_post.weight': 'vision_model.post_layernorm.weight',
    'ln_post.bias': 'vision_model.post_layernorm.bias',
    proj: 'visual_projection.weight',
  }),
);

const TEXT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'token_embedding.weight': 'text_model.embeddings.token_embedding.weight',
    positional_embedding: 'text_model.embeddings.position_embedding.weight',
    'ln_final.weight': 'text_model.final_layer_norm.weight',
    'ln_final.bias': 'text_model.final_layer_norm.bias',
    text_projection: 'text_projection.weight',
    logit_scale: 'logit_scale',
  }),
);

/** Right-multiplied in the original, `x @ proj`, and left-multiplied by torch's Linear. */
const TRANSPOSED = new Set(['visual_projection.weight', 'text_projection.weight']);

/** Scalars that the original's published archives keep next to the weights, and the constant causal mask. */
const IGNORED = new Set(['input_resolution', 'context_length', 'vocab_size', 'attn_mask']);

/**
 * A CLIP model's weights under the names of transformers' CLIPModel, from a file of transformers' or from the
 * original CLIP's state dict.
 *
 * @param stored the tensors under their stored names.
 */
export function clipStateDict(stored: StateDict): StateDict {
  return stored.has('visual.proj') ? fromOriginalClip(stored) : normaliseClip(stored);
}

/**
 * The original CLIP's vision transformer and text transformer (such as ViT-B/32) under the names of transformers'
 * CLIPModel: packed projections split into q, k and v, `visual.proj` and `text_projection` transposed.
 */
function fromOriginalClip(stored: StateDict): StateDict {
  return collectWeights(
    [...stored].flatMap(([key, source]) => {
      const isVision = key.startsWith('visual.');
      return isVision
        ? towerWeights('vision_model', VISION_NAMES, key.slice('visual.'.length), source)
        : towerWeights('text_model', TEXT_NAMES, key, source);
    }),
  );
}

/**
 * OpenCLIP's text tower, as Stable Diffusion 2's single files hold it, under the names of transformers'
 * CLIPTextModel. Stable Diffusion 2 takes the penultimate layer's output, so the last layer is left out, as in
 * diffusers' own conversion, and so are the projection and the logit scale.
 *
 * @param tensors the tower's tensors by their names after `cond_stage_model.model.`.
 * @throws CheckpointError if there is no transformer layer.
 */
export function fromOpenClipText(tensors: StateDict): StateDict {
  const last = Math.max(...[...tensors.keys()].map((key) => resblockIndex(key) ?? -1));
  if (last < 0) {
    throw new CheckpointError(
      'The OpenCLIP text encoder has no transformer layer; use a complete Stable Diffusion 2 checkpoint.',
    );
  }
  const unused = (key: string) =>
    key === 'text_projection' || key === 'logit_scale' || resblockIndex(key) === last;
  return collectWeights(
    [...tensors]
      .filter(([key]) => !unused(key))
      .flatMap(([key, source]) => towerWeights('text_model', TEXT_NAMES, key, source)),
  );
}

function towerWeights(
  tower: string,
  names: ReadonlyMap<string, string>,
  key: string,
  source: WeightSource,
): [string, WeightSource][] {
  if (IGNORED.has(key)) return [];
  const layerWeights = resblockWeights(tower, key, source);
  if (layerWeights.length > 0) return layerWeights;
  const name = names.get(key);
  if (name === undefined) return [[source.key, source]];
  return [[name, TRANSPOSED.has(name) ? transposed(source) : source]];
}
