import { CheckpointError } from '../checkpointError.ts';
import {
  type ModelFile,
  type ModelFolder,
  readJson,
  readJsonIfThere,
  subfolder,
} from '../files/modelFiles.ts';
import { normaliseAttention } from './attentionNames.ts';
import type { StoredComponent } from './component.ts';
import { findWeightFiles, indexWeights } from './diffusersFolder.ts';
import { inferVaeConfig } from './inferConfig.ts';
import { vaeFileWeights } from './singleFile.ts';
import { readTensorFile } from './tensorFile.ts';
import type { StateDict } from './weightSource.ts';

/** A VAE's weights out of a whole checkpoint. */
interface HeldVae {
  readonly stateDict: StateDict;
  /** The checkpoint's name. */
  readonly name: string;
  /** Where its configuration may be. */
  readonly configFolder: ModelFolder | undefined;
}

/**
 * A VAE: of its own folder, of a pipeline's folder, of a file with LDM's or diffusers' names, or held by a checkpoint.
 * @throws CheckpointError saying what is missing
 */
export async function findVae(
  source: ModelFolder | ModelFile | HeldVae,
  variant?: string,
): Promise<StoredComponent> {
  if ('stateDict' in source) return heldVae(source);
  return source.kind === 'folder' ? folderVae(source, variant) : fileVae(source);
}

async function folderVae(folder: ModelFolder, variant?: string): Promise<StoredComponent> {
  const own = (await folder.find('model_index.json')) ? subfolder(folder, 'vae') : folder;
  const json = await readJson(own, 'config.json');
  const stored = await indexWeights(await findWeightFiles(own, variant));
  return {
    json,
    configName: `${own.name}/config.json`,
    stateDict: normaliseAttention(stored),
    isInferred: false,
  };
}

async function fileVae(file: ModelFile): Promise<StoredComponent> {
  const stateDict = vaeFileWeights(await readTensorFile(file));
  if (!stateDict.has('encoder.conv_in.weight'))
    throw new CheckpointError(`${file.name} has no VAE; give a folder or a .safetensors file that has one.`);
  // Only the folder of a VAE alone has a configuration that is this file's.
  const json = file.folder && (await readJsonIfThere(file.folder, 'config.json'));
  if (json?._class_name === 'AutoencoderKL')
    return { json, configName: `${file.folder?.name}/config.json`, stateDict, isInferred: false };
  return inferredVae(stateDict, file.name);
}

async function heldVae({ stateDict, name, configFolder }: HeldVae): Promise<StoredComponent> {
  const json = configFolder && (await readJsonIfThere(configFolder, 'vae/config.json'));
  if (json) return { json, configName: `${configFolder.name}/vae/config.json`, stateDict, isInferred: false };
  return inferredVae(stateDict, name);
}

function inferredVae(stateDict: StateDict, name: string): StoredComponent {
  const configName = `the configuration inferred from ${name}`;
  return { json: inferVaeConfig(stateDict), configName, stateDict, isInferred: true };
}
