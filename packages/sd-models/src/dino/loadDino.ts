import { currentDevice } from '@lusd/tensor';
import type { ModelFile, ModelFolder } from '../files/modelFiles.ts';
import { findWeightFiles, indexWeights } from '../weights/diffusersFolder.ts';
import { loadWeights, type ModelLoadOptions, resolveDtype } from '../weights/load.ts';
import { readTensorFile } from '../weights/tensorFile.ts';
import { storedTensors } from '../weights/weightSource.ts';
import { inferDinoConfig } from './config.ts';
import { DinoModel } from './dino.ts';

/**
 * Loads DINO's vision transformer, such as ViT-S/16 or ViT-B/8: a folder with `model.safetensors`, or a single
 * `.safetensors` file, with timm's names, which are the original's. Its sizes are read from the weights' shapes.
 *
 * @throws CheckpointError or SafetensorsError naming the file and what is wrong with it, such as transformers' names
 */
export async function loadDino(
  source: ModelFolder | ModelFile,
  options: ModelLoadOptions = {},
): Promise<DinoModel> {
  const stored =
    source.kind === 'folder'
      ? await indexWeights(await findWeightFiles(source))
      : storedTensors(await readTensorFile(source));
  const model = new DinoModel(inferDinoConfig(stored, source.name));
  const device = options.device ?? currentDevice();
  const dtype = resolveDtype(options, [stored], device);
  await loadWeights(model, stored, { dtype, device });
  return model;
}
