import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { readTensorTable } from '@lusd/sd-models';
import { exists, isFolder } from '../files.ts';
import { CliError } from '../ui/errors.ts';
import { readJson } from './models.ts';

const COMPONENTS = ['unet', 'vae', 'text_encoder', 'tokenizer', 'scheduler'];
/** What pipelines with another text encoding or denoiser have besides. */
const FOREIGN_COMPONENTS = ['text_encoder_2', 'text_encoder_3', 'transformer', 'prior', 'controlnet'];

const UNET = 'model.diffusion_model.';
/** Tensor names that tell what else a file may be. */
const KINDS: readonly (readonly [names: RegExp, kind: string])[] = [
  [/^lora_|\.lora_|\.lora\./, 'a LoRA'],
  [/^conditioner\.embedders\./, 'Stable Diffusion XL'],
  [/^(?:model\.diffusion_model\.)?joint_blocks\./, 'Stable Diffusion 3'],
  [/^(?:model\.diffusion_model\.)?double_blocks\./, 'Flux'],
  [/^control_model\.|^controlnet_/, 'a ControlNet'],
  [/^(?:emb_params|string_to_param|\*)/, 'a textual inversion'],
  [/^(?:vision_model|visual)\./, 'a CLIP model'],
  [/^(?:down_blocks|encoder\.down_blocks|text_model)\./, 'one component of a diffusers folder'],
];
const PICKLES = ['.bin', '.ckpt', '.pt', '.pth'];

/**
 * Makes sure that what a user named may be Stable Diffusion 1 or 2, by names alone, and says what it is where it is
 * something else that people have. What is wrong inside a model is found where it is loaded.
 * @param path a folder or a file that exists
 * @throws CliError; SafetensorsError where a file cannot be read as one
 */
export async function requireStableDiffusion(path: string): Promise<void> {
  const other = (await isFolder(path)) ? await otherFolder(path) : await otherFile(path);
  if (other === null) return;
  throw new CliError(
    `${path} ${other}; name a diffusers folder or a whole .safetensors checkpoint of Stable Diffusion 1 or 2`,
  );
}

/** What a folder is in place of a Stable Diffusion pipeline; null where it is one. */
async function otherFolder(path: string): Promise<string | null> {
  const indexPath = join(path, 'model_index.json');
  if (!(await exists(indexPath))) return otherModel(path);
  const index = objectOf(await readJson(indexPath));
  const foreign = FOREIGN_COMPONENTS.filter((name) => name in index);
  const missing = COMPONENTS.filter((name) => !(name in index));
  if (foreign.length + missing.length === 0) return null;
  const parts = foreign.length > 0 ? `with ${foreign.join(', ')}` : `without ${missing.join(', ')}`;
  return `holds a ${String(index._class_name ?? 'pipeline')} (${parts}), which is another kind of model`;
}

async function otherModel(path: string): Promise<string> {
  const names = await readdir(path);
  if (names.length === 0) return 'is an empty folder';
  if (names.some((name) => /lora/i.test(name))) return 'holds a LoRA, not a whole model';
  if (!names.includes('config.json')) return 'is no diffusers folder: it has no model_index.json';
  const config = objectOf(await readJson(join(path, 'config.json')));
  const architecture = [config.architectures].flat()[0] ?? config._class_name;
  return `holds ${architecture === undefined ? 'one model' : `a ${String(architecture)}`}, not a whole pipeline`;
}

/** What a file is in place of a single-file checkpoint; null where it is one. */
async function otherFile(path: string): Promise<string | null> {
  if (PICKLES.includes(extname(path))) return 'is a Python pickle, which could run code when it is read';
  const names = [...(await readTensorTable(path)).keys()];
  const kind = KINDS.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
  if (kind !== undefined) return `holds ${kind}, not a whole Stable Diffusion model`;
  return names.some((name) => name.startsWith(UNET)) ? null : `has no tensors under '${UNET}'`;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
