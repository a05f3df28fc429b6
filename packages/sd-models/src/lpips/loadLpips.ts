import { currentDevice } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import type { ModelFile } from '../files/modelFiles.ts';
import { describeOtherFile } from '../weights/fileKind.ts';
import { loadWeights, type ModelLoadOptions, resolveDtype } from '../weights/load.ts';
import { readTensorFile } from '../weights/tensorFile.ts';
import { type StateDict, storedTensors } from '../weights/weightSource.ts';
import { Lpips, type LpipsOptions } from './lpips.ts';
import { lpipsHeads } from './lpipsHeads.ts';

/**
 * Loads LPIPS: torchvision's SqueezeNet 1.1 from a `.safetensors` file with its names, of which the classifier is left
 * out, and the heads that ship with the package.
 *
 * @throws CheckpointError or SafetensorsError naming the file and what is wrong with it
 */
export async function loadLpips(
  file: ModelFile,
  { normalisation = 'lpips', ...options }: ModelLoadOptions & LpipsOptions = {},
): Promise<Lpips> {
  const stored = await readSqueezeNet(file);
  const device = options.device ?? currentDevice();
  const model = new Lpips(await lpipsHeads(), { normalisation, device });
  await loadWeights(model.net, stored, { dtype: resolveDtype(options, [stored], device), device });
  model.requireGrad(false);
  return model;
}

async function readSqueezeNet(file: ModelFile): Promise<StateDict> {
  const other = await describeOtherFile(file);
  if (other !== null)
    throw new CheckpointError(
      `${file.name} ${other}, or convert torchvision's SqueezeNet 1.1 with torch as docs/files.md shows.`,
    );
  const stored = storedTensors(await readTensorFile(file));
  if (!stored.has('features.0.weight'))
    throw new CheckpointError(
      `${file.name} has no tensor 'features.0.weight', so it holds no SqueezeNet; convert torchvision's SqueezeNet 1.1 with torch as docs/files.md shows.`,
    );
  return new Map([...stored].filter(([name]) => !name.startsWith('classifier.')));
}
