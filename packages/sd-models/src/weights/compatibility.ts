import { CheckpointError } from '../checkpointError.ts';
import type { JsonObject } from '../json.ts';
import { vocabularyMismatch } from '../tokenizer/vocabularyMismatch.ts';
import type { StoredComponent, TextEncoderComponent, UNetComponent, VaeComponent } from './component.ts';
import type { TokenizerComponent } from './findTokenizer.ts';
import { inferClipTextConfig, inferUnetConfig, inferVaeConfig } from './inferConfig.ts';
import type { StateDict } from './weightSource.ts';

/** What must fit together; `Checkpoint` is one. */
interface ModelParts {
  readonly name: string;
  readonly unet: UNetComponent;
  readonly vae: VaeComponent;
  readonly textEncoder: TextEncoderComponent;
  readonly tokenizer: TokenizerComponent;
}

const PICTURE_CHANNELS = 3;

/** What a UNet with so many input channels is for. */
const SPECIAL_UNETS: ReadonlyMap<number, string> = new Map([
  [5, 'for depth'],
  [7, 'for upscaling'],
  [9, 'for inpainting'],
]);

/**
 * Checks that the UNet takes latents alone or, as InstructPix2Pix's, those of another picture beside them.
 * @throws CheckpointError naming the kind of model
 */
export function requireLatentInputs({ name, unet, vae }: ModelParts): void {
  const stored = unet.stateDict.get('conv_in.weight')?.shape[1];
  const { inChannels, outChannels } = unet.config;
  const { latentChannels } = vae.config;
  const supported = [latentChannels, 2 * latentChannels];
  const counts = [stored ?? inChannels, inChannels];
  if (counts.every((count) => supported.includes(count)) && outChannels === latentChannels) return;
  const taken = counts.find((count) => !supported.includes(count)) ?? inChannels;
  const kind = SPECIAL_UNETS.get(taken) ?? 'of another kind';
  throw new CheckpointError(
    `${name} is a model ${kind}: its UNet takes ${taken} channels and makes ${outChannels}, but the VAE's latents have ${latentChannels}; it is not supported, use a text-to-image model.`,
  );
}

/**
 * Checks that the parts belong to one plain Stable Diffusion, before their weights are read.
 * @throws CheckpointError naming the first two that do not fit each other
 */
export function requireCompatible({ name, unet, vae, textEncoder, tokenizer: stored }: ModelParts): void {
  const { tokenizer } = stored;
  const { crossAttentionDim } = unet.config;
  const { inChannels: encoded, outChannels: decoded } = vae.config;
  const { hiddenSize, maxPositionEmbeddings, vocabSize } = textEncoder.config;
  if (encoded !== PICTURE_CHANNELS || decoded !== PICTURE_CHANNELS) {
    throw new CheckpointError(
      `${name}: the VAE takes ${encoded} channels and makes ${decoded}; only RGB pictures, ${PICTURE_CHANNELS} channels, are supported.`,
    );
  }
  if (crossAttentionDim !== hiddenSize) {
    throw new CheckpointError(
      `${name}: the UNet attends to ${crossAttentionDim} features, but the text encoder gives ${hiddenSize}; use the text encoder of the same model.`,
    );
  }
  const mismatch = vocabularyMismatch(tokenizer, vocabSize);
  if (mismatch?.kind === 'larger') throw new CheckpointError(`${name}: ${mismatch.message}.`);
  if (tokenizer.maxLength > maxPositionEmbeddings) {
    throw new CheckpointError(
      `${name}: the tokenizer gives ${tokenizer.maxLength} tokens, but the text encoder takes ${maxPositionEmbeddings}; use the tokenizer of the same model.`,
    );
  }
}

/** Stable Diffusion's versions by the width of what their UNets attend to. */
const VERSIONS: ReadonlyMap<unknown, string> = new Map([
  [768, ' (Stable Diffusion 1)'],
  [1024, ' (Stable Diffusion 2)'],
  [2048, ' (Stable Diffusion XL)'],
]);

/**
 * Checks that no configuration contradicts its weights: with the configuration of another version hundreds of
 * shapes would differ.
 * @throws CheckpointError naming the field and both values
 */
export function requireAgreement({ unet, vae, textEncoder }: ModelParts): void {
  requireFields(unet, inferUnetConfig, [
    'cross_attention_dim',
    'block_out_channels',
    'layers_per_block',
    'in_channels',
    'out_channels',
  ]);
  requireFields(vae, inferVaeConfig, ['latent_channels', 'block_out_channels', 'layers_per_block']);
  requireFields(textEncoder, (text) => inferClipTextConfig(text, 'clip'), [
    'hidden_size',
    'num_hidden_layers',
    'intermediate_size',
  ]);
}

function requireFields(
  { json, configName, stateDict }: StoredComponent,
  infer: (weights: StateDict) => JsonObject,
  fields: readonly string[],
): void {
  const inferred = inferredOrNull(stateDict, infer);
  for (const field of fields) {
    const [said, found] = [json[field], inferred?.[field]];
    if (said === undefined || found === undefined || JSON.stringify(said) === JSON.stringify(found)) continue;
    const [file] = stateDict.values();
    throw new CheckpointError(
      `${configName} has ${field} ${JSON.stringify(said)}${versionOf(field, said)}, but the weights in ${file?.file.name} have ${JSON.stringify(found)}${versionOf(field, found)}; use the configuration of the same model.`,
    );
  }
}

/** Null if the weights lack tensors for it, which is reported when they are matched. */
function inferredOrNull(weights: StateDict, infer: (weights: StateDict) => JsonObject): JsonObject | null {
  try {
    return infer(weights);
  } catch (error) {
    if (error instanceof CheckpointError) return null;
    throw error;
  }
}

function versionOf(field: string, value: unknown): string {
  return (field === 'cross_attention_dim' && VERSIONS.get(value)) || '';
}
