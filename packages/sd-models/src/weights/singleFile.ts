import { CheckpointError } from '../checkpointError.ts';
import { normaliseAttention } from './attentionNames.ts';
import { textEncoderWeights } from './clipText.ts';
import { ldmUnetRenaming } from './ldmUnet.ts';
import { ldmVaeRenaming } from './ldmVae.ts';
import { fromOpenClipText } from './originalClip.ts';
import { collectWeights, type StateDict, storedTensors, type TensorFile } from './weightSource.ts';

/** The text encoder of a single file: OpenAI's CLIP (Stable Diffusion 1) or OpenCLIP (Stable Diffusion 2). */
export type TextEncoderKind = 'clip' | 'openClip';

/** A Stable Diffusion single-file checkpoint, split into diffusers' components under diffusers' names. */
export interface SingleFileParts {
  readonly unet: StateDict;
  /** Empty if the file holds none. */
  readonly vae: StateDict;
  readonly textEncoder: StateDict;
  readonly textEncoderKind: TextEncoderKind;
  /** Stored names that belong to no component and to no known training state. */
  readonly unexpected: readonly string[];
  /** Stored names that other programs leave in such files and that no part of an edit needs. */
  readonly unused: readonly string[];
}

const UNET = 'model.diffusion_model.';
const VAE = 'first_stage_model.';
/** Where a text encoder is: in Stability's older program, and in its newer one (SGM). */
const CLIP = ['cond_stage_model.transformer.', 'conditioner.embedders.0.transformer.'];
const OPEN_CLIP = ['cond_stage_model.model.', 'conditioner.embedders.0.model.'];

/** The noise schedule's buffers, the exponential moving average and counters: state, in most published files. */
const TRAINING_STATE =
  /^(?:betas|logvar|scale_factor|lvlb_weights|global_step|epoch|model_ema\..*|denoiser\.(?:log_)?sigmas|posterior_\w+|(?:sqrt_|log_)?(?:one_minus_)?(?:recip_|recipm1_)?alphas_cumprod(?:_prev)?)$/;

/** Tensors of other programs that every loader ignores. */
const UNUSED =
  /^(?:embedding_manager\.|callbacks\.|optimizer|loss\.|first_stage_model\.(?:loss|model_ema)\.|(?:cond_stage_model|conditioner\.embedders\.0)\.(?:transformer\.)?(?:logit_scale|logit_bias|text_projection(?:\.weight|\.bias)?)$|(?:cond_stage_model|conditioner\.embedders\.0)\.(?:transformer\.)?(?:vision_model|visual_projection)\b|state_dict$|v_pred$|ztsnr$)/;

/**
 * Splits a single-file checkpoint (LDM names, as in `v1-5-pruned-emaonly.safetensors`) into the UNet, the VAE and
 * the text encoder. Nothing is read but names and shapes.
 *
 * @throws CheckpointError if it has no UNet or no text encoder
 */
export function splitSingleFile(file: TensorFile): SingleFileParts {
  const stored = storedTensors(file);
  const isUnused = (key: string) => UNUSED.test(key);
  const used = new Map([...stored].filter(([key]) => !isUnused(key)));
  const under = (...prefixes: readonly string[]) => component(used, prefixes);
  const [unet, vae, clip, openClip] = [under(UNET), under(VAE), under(...CLIP), under(...OPEN_CLIP)];
  requireComponents(file.file.name, {
    [UNET]: unet,
    [`${CLIP[0]} or ${OPEN_CLIP[0]}`]: clip.size ? clip : openClip,
  });
  const prefixes = [UNET, VAE, ...(clip.size ? CLIP : OPEN_CLIP)];
  const belongs = (key: string) => prefixes.some((prefix) => key.startsWith(prefix));
  return {
    unet: renamed(unet, ldmUnetRenaming(new Set(unet.keys()))),
    vae: ldmVae(vae),
    textEncoder: clip.size ? textEncoderWeights(clip) : fromOpenClipText(openClip),
    textEncoderKind: clip.size ? 'clip' : 'openClip',
    unexpected: [...used.keys()].filter((key) => !belongs(key) && !TRAINING_STATE.test(key)),
    unused: [...stored.keys()].filter((key) => isUnused(key) && !MARKERS.has(key)),
  };
}

/** Empty tensors that describe a model. */
const MARKERS = new Set(['v_pred', 'ztsnr']);

/**
 * The weights of a VAE that is a file of its own, under diffusers' names: with LDM's names, with those of a whole
 * checkpoint, or with diffusers'.
 */
export function vaeFileWeights(file: TensorFile): StateDict {
  const stored = new Map(
    [...storedTensors(file)].filter(([key]) => !/^(?:loss|model_ema)\.|^logvar$/.test(key)),
  );
  const inside = component(stored, [VAE]);
  const vae = inside.size > 0 ? inside : stored;
  const isLdm = [...vae.keys()].some((key) => /^(?:encoder\.down|decoder\.up)\.\d/.test(key));
  return isLdm ? ldmVae(vae) : normaliseAttention(vae);
}

function ldmVae(vae: StateDict): StateDict {
  return normaliseAttention(renamed(vae, ldmVaeRenaming(new Set(vae.keys()))));
}

/** The tensors below the prefixes, by their names without them. */
function component(stored: StateDict, prefixes: readonly string[]): StateDict {
  return new Map(
    [...stored].flatMap(([key, source]) => {
      const prefix = prefixes.find((one) => key.startsWith(one));
      return prefix === undefined ? [] : [[key.slice(prefix.length), source] as const];
    }),
  );
}

function renamed(tensors: StateDict, rename: (key: string) => string | undefined): StateDict {
  return collectWeights([...tensors].map(([key, source]) => [rename(key) ?? source.key, source]));
}

function requireComponents(path: string, components: Readonly<Record<string, StateDict>>): void {
  const missing = Object.keys(components).filter((prefix) => components[prefix]?.size === 0);
  if (missing.length === 0) return;
  throw new CheckpointError(
    `${path} has no tensors under ${missing.map((prefix) => `'${prefix}'`).join(', ')}; a single-file checkpoint must be a whole Stable Diffusion 1 or 2 model with LDM names.`,
  );
}
