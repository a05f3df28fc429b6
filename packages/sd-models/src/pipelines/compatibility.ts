import { CheckpointError } from '../checkpointError.ts';
import type { ClipTokenizer } from '../tokenizer/clipTokenizer.ts';
import type { PipelineComponents } from './components.ts';

const PICTURE_CHANNELS = 3;

/**
 * Makes sure that the components are those of one plain Stable Diffusion, before their weights are read.
 *
 * @param path the model's folder or file, for the message
 * @throws CheckpointError naming the first two that do not fit each other
 */
export function requireCompatible(
  { unet, vae, textEncoder }: PipelineComponents,
  tokenizer: ClipTokenizer,
  path: string,
): void {
  const { inChannels, outChannels, crossAttentionDim } = unet.config;
  const { latentChannels, inChannels: encoded, outChannels: decoded } = vae.config;
  const { hiddenSize, maxPositionEmbeddings } = textEncoder.config;
  if (encoded !== PICTURE_CHANNELS || decoded !== PICTURE_CHANNELS) {
    throw new CheckpointError(
      `${path}: the VAE takes ${encoded} channels and makes ${decoded}; only RGB pictures, ${PICTURE_CHANNELS} channels, are supported.`,
    );
  }
  if (inChannels !== latentChannels || outChannels !== latentChannels) {
    throw new CheckpointError(
      `${path}: the UNet takes ${inChannels} channels and makes ${outChannels}, but the VAE's latents have ${latentChannels}; ` +
        'models for inpainting, depth or instructions are not supported, use a text-to-image one.',
    );
  }
  if (crossAttentionDim !== hiddenSize) {
    throw new CheckpointError(
      `${path}: the UNet attends to ${crossAttentionDim} features, but the text encoder gives ${hiddenSize}; use the text encoder of the same model.`,
    );
  }
  if (tokenizer.maxLength > maxPositionEmbeddings) {
    throw new CheckpointError(
      `${path}: the tokenizer gives ${tokenizer.maxLength} tokens, but the text encoder takes ${maxPositionEmbeddings}; use the tokenizer of the same model.`,
    );
  }
}
