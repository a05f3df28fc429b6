import { vocabularyMismatch } from '../tokenizer/vocabularyMismatch.ts';
import type { PartOutcomes } from './checkpoint.ts';
import type { UNetComponent, VaeComponent } from './component.ts';
import { isStableDiffusionSized } from './inferConfig.ts';

/** Channels of Stable Diffusion's autoencoder, by level. */
const SD_VAE_CHANNELS = [128, 256, 512, 512];

/** What had to be assumed of a checkpoint's parts, because neither its files nor its shapes say it: a sentence each. */
export function checkpointNotes({ unet, vae, text_encoder, tokenizer }: PartOutcomes): string[] {
  return [
    ...('value' in unet ? unetNotes(unet.value) : []),
    ...('value' in vae ? vaeNotes(vae.value) : []),
    ...('value' in text_encoder && 'value' in tokenizer
      ? vocabularyNotes(tokenizer.value.tokenizer, text_encoder.value.json.vocab_size)
      : []),
  ];
}

function unetNotes({ json, configName, isInferred }: UNetComponent): string[] {
  const notes: string[] = [];
  if (isInferred && !isStableDiffusionSized(json))
    notes.push(
      `The UNet has not the size of Stable Diffusion's, and its shapes do not show the number of attention heads; ${JSON.stringify(json.attention_head_dim)} is assumed. A folder with its unet/config.json says it (--config-folder).`,
    );
  if (json.sample_size === undefined || json.sample_size === null)
    notes.push(
      `${configName} does not say at what size the model was trained; latents of 64 x 64 are assumed, 512 pixels with Stable Diffusion's autoencoder.`,
    );
  return notes;
}

function vaeNotes({ json, isInferred }: VaeComponent): string[] {
  const isStandard = JSON.stringify(json.block_out_channels) === JSON.stringify(SD_VAE_CHANNELS);
  if (!isInferred || isStandard) return [];
  return [
    `The VAE has not the size of Stable Diffusion's, and its shapes do not show the scaling factor; ${String(json.scaling_factor)} is assumed. A folder with its vae/config.json says it (--vae or --config-folder).`,
  ];
}

/** That a text encoder has tokens that its tokenizer does not know. */
function vocabularyNotes(tokenizer: { readonly vocabularySize: number }, vocabSize: unknown): string[] {
  const mismatch = typeof vocabSize === 'number' ? vocabularyMismatch(tokenizer, vocabSize) : null;
  if (mismatch?.kind !== 'smaller') return [];
  return [`${mismatch.message.charAt(0).toUpperCase()}${mismatch.message.slice(1)}.`];
}
