import { CheckpointError } from '../checkpointError.ts';
import { normaliseAttention } from './attentionNames.ts';
import { normaliseClip } from './clipText.ts';
import { ldmUnetRenaming } from './ldmUnet.ts';
import { ldmVaeRenaming } from './ldmVae.ts';
import { fromOpenClipText } from './originalClip.ts';
import { type Checkpoint, collectWeights, storedCheckpoint, type TensorFile } from './weightSource.ts';

/** The text encoder of a single file: OpenAI's CLIP (Stable Diffusion 1) or OpenCLIP (Stable Diffusion 2). */
export type TextEncoderKind = 'clip' | 'openClip';

/** A Stable Diffusion single-file checkpoint, split into diffusers' components under diffusers' names. */
export interface SingleFileCheckpoint {
  readonly unet: Checkpoint;
  readonly vae: Checkpoint;
  readonly textEncoder: Checkpoint;
  readonly textEncoderKind: TextEncoderKind;
  /** Stored names that belong to no component and to no known training state. */
  readonly unexpected: readonly string[];
}

const UNET = 'model.diffusion_model.';
const VAE = 'first_stage_model.';
const CLIP = 'cond_stage_model.transformer.';
const OPEN_CLIP = 'cond_stage_model.model.';

/** The noise schedule's buffers, the exponential moving average and the loss's variance: state, not weights. */
const TRAINING_STATE =
  /^(?:betas|logvar|global_step|model_ema\..*|posterior_\w+|(?:sqrt_|log_)?(?:one_minus_)?(?:recip_|recipm1_)?alphas_cumprod(?:_prev)?)$/;

/**
 * Splits a single-file checkpoint (LDM names, as in `v1-5-pruned-emaonly.safetensors`) into the UNet, the VAE and
 * the text encoder. Nothing is read but names and shapes.
 *
 * @throws CheckpointError if a component is missing: the file is not a whole Stable Diffusion 1 or 2 checkpoint.
 */
export function splitSingleFile(file: TensorFile): SingleFileCheckpoint {
  const stored = storedCheckpoint(file);
  const under = (prefix: string) => component(stored, prefix);
  const [unet, vae, clip, openClip] = [under(UNET), under(VAE), under(CLIP), under(OPEN_CLIP)];
  requireComponents(file.path, {
    [UNET]: unet,
    [VAE]: vae,
    [`${CLIP} or ${OPEN_CLIP}`]: clip.size ? clip : openClip,
  });
  return {
    unet: renamed(unet, ldmUnetRenaming(new Set(unet.keys()))),
    vae: normaliseAttention(renamed(vae, ldmVaeRenaming(new Set(vae.keys())))),
    textEncoder: clip.size ? normaliseClip(clip) : fromOpenClipText(openClip),
    textEncoderKind: clip.size ? 'clip' : 'openClip',
    unexpected: [...stored.keys()].filter((key) => !belongs(key, clip.size > 0)),
  };
}

/** The tensors below `prefix`, by their names without it. */
function component(stored: Checkpoint, prefix: string): Checkpoint {
  return new Map(
    [...stored]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, source]) => [key.slice(prefix.length), source]),
  );
}

function renamed(tensors: Checkpoint, rename: (key: string) => string | undefined): Checkpoint {
  return collectWeights([...tensors].map(([key, source]) => [rename(key) ?? source.key, source]));
}

function requireComponents(path: string, components: Readonly<Record<string, Checkpoint>>): void {
  const missing = Object.keys(components).filter((prefix) => components[prefix]?.size === 0);
  if (missing.length === 0) return;
  throw new CheckpointError(
    `${path} has no tensors under ${missing.map((prefix) => `'${prefix}'`).join(', ')}; a single-file checkpoint must be a whole Stable Diffusion 1 or 2 model with LDM names.`,
  );
}

function belongs(key: string, hasClip: boolean): boolean {
  const prefixes = [UNET, VAE, hasClip ? CLIP : OPEN_CLIP];
  return prefixes.some((prefix) => key.startsWith(prefix)) || TRAINING_STATE.test(key);
}
