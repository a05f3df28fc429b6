import { CheckpointError } from '../checkpointError.ts';
import { type ModelFolder, readJsonIfThere } from '../files/modelFiles.ts';
import type { TensorFile } from './weightSource.ts';

const WANTED = 'give a diffusers folder or a whole .safetensors checkpoint of Stable Diffusion 1 or 2';
const UNET = 'model.diffusion_model.';

/** Tensor names that tell what else a file may be; the first that fits counts. */
const KINDS: readonly (readonly [names: RegExp, kind: string, remedy?: string])[] = [
  [
    /^base_model\.model\./,
    'a model wrapped by PEFT (names that begin with base_model.model.)',
    'merge the adapter in Python (merge_and_unload) and save the model again',
  ],
  [
    /^lora_|\.lora_|\.lora\.|\.(?:hada_w1_a|lokr_w1|oft_blocks)$|^lycoris_/,
    'a LoRA',
    'merge it into its checkpoint with the program that made it, and use the result',
  ],
  [/^(?:controlnet_|control_model\.|input_hint_block\.)/, 'a ControlNet'],
  [/^(?:model\.diffusion_model\.)?joint_blocks\./, 'Stable Diffusion 3'],
  [/^(?:model\.diffusion_model\.)?double_blocks\.|^transformer_blocks\.0\.norm1\.linear\./, 'Flux'],
  [
    /^conditioner\.embedders\.1\.|^model\.diffusion_model\.label_emb\.|^add_embedding\./,
    'Stable Diffusion XL',
  ],
  [/\.time_stack\.|^conditioner\.embedders\.\d+\.open_clip\./, 'Stable Video Diffusion'],
  [/motion_modules\./, 'a motion module (AnimateDiff)'],
  [/^depth_model\./, 'Stable Diffusion 2 for depth'],
  [/^noise_augmentor\./, 'Stable unCLIP'],
  [/^low_scale_model\./, "Stable Diffusion's upscaler"],
  [/^(?:image_proj|ip_adapter)\./, 'an IP-Adapter'],
  [/^(?:emb_params|string_to_param|\*|clip_[lg])(?:$|\.)/, 'a textual inversion'],
  [/^(?:vision_model|visual)\./, 'a CLIP model'],
  [
    /^(?:first_stage_model\.)?(?:encoder|decoder)\.(?:conv_in|conv_out)\./,
    'a VAE alone',
    'give it as the VAE of a checkpoint',
  ],
  [/^(?:down_blocks|input_blocks|text_model)\./, 'one component of a diffusers folder'],
  [/^model\.layers\.\d|^transformer\.h\.\d/, 'a language model'],
];

/**
 * What a file is where it is no Stable Diffusion 1 or 2, by its tensors' names: one sentence with what to do.
 * @throws CheckpointError
 */
export function requireStableDiffusionFile({ file, tensors }: TensorFile): void {
  const names = [...tensors.keys()];
  const hasUnet = names.some((name) => name.startsWith(UNET));
  for (const [pattern, kind, remedy] of KINDS) {
    // A whole checkpoint may carry what would tell another kind on its own, such as its VAE.
    if (hasUnet && NOT_ALONE.includes(kind)) continue;
    if (!names.some((name) => pattern.test(name))) continue;
    throw new CheckpointError(
      `${file.name} holds ${kind}, not a whole Stable Diffusion model; ${remedy ?? WANTED}.`,
    );
  }
  if (!hasUnet) throw new CheckpointError(`${file.name} has no tensors under '${UNET}'; ${WANTED}.`);
}

const NOT_ALONE = [
  'a VAE alone',
  'a CLIP model',
  'a textual inversion',
  'one component of a diffusers folder',
];

const COMPONENTS = ['unet', 'vae', 'text_encoder', 'tokenizer', 'scheduler'];
/** What pipelines with another text encoding or denoiser have besides. */
const FOREIGN_COMPONENTS = [
  'text_encoder_2',
  'text_encoder_3',
  'transformer',
  'prior',
  'controlnet',
  'image_noising_scheduler',
  'depth_estimator',
  'low_res_scheduler',
  'motion_adapter',
];

/**
 * What a folder is where it is no pipeline of Stable Diffusion 1 or 2, by names alone: one sentence with what to do.
 * @throws CheckpointError
 */
export async function requireStableDiffusionFolder(folder: ModelFolder): Promise<void> {
  const index = await readJsonIfThere(folder, 'model_index.json');
  if (index === undefined)
    throw new CheckpointError(`${folder.name} ${await otherFolder(folder)}; ${WANTED}.`);
  const foreign = FOREIGN_COMPONENTS.filter((name) => isPart(index[name]));
  const missing = COMPONENTS.filter((name) => !(name in index));
  if (foreign.length + missing.length === 0) return;
  const parts = foreign.length > 0 ? `with ${foreign.join(', ')}` : `without ${missing.join(', ')}`;
  throw new CheckpointError(
    `${folder.name} holds a ${String(index._class_name ?? 'pipeline')} (${parts}), which is another kind of model; ${WANTED}.`,
  );
}

/** A component that a pipeline may have and has not is written as `[null, null]`. */
function isPart(value: unknown): boolean {
  return Array.isArray(value) ? value.some((part) => part !== null) : value !== undefined;
}

async function otherFolder(folder: ModelFolder): Promise<string> {
  const names = await folder.list('');
  if (names.length === 0) return 'has no model_index.json: it is an empty folder, or does not exist';
  if (names.some((name) => /lora/i.test(name))) return 'holds a LoRA, not a whole model';
  const config = await readJsonIfThere(folder, 'config.json');
  if (config === undefined) return 'is not a diffusers folder: it has no model_index.json';
  const architecture = [config.architectures].flat()[0] ?? config._class_name;
  return `holds ${architecture === undefined ? 'one model' : `a ${String(architecture)}`}, not a whole pipeline`;
}
