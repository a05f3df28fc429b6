import {
  type ModelFile,
  type ModelFolder,
  openCheckpoint,
  type PickedFile,
  type PredictionType,
  pickedFolder,
  StableDiffusion,
  trainedSize,
} from '@lusd/sd-models';
import type { Device } from '@lusd/tensor';
import { pickedModel } from './pickedModel.ts';

/** How weights are opened; the command line's options. */
export interface ModelSettings {
  readonly dtype: 'auto' | 'f32' | 'f16';
  readonly variant?: string | undefined;
  readonly predictionType?: PredictionType | undefined;
  /** Files that were picked: a VAE's folder or file, and the folder of configurations that a single file may need. */
  readonly vae?: readonly File[] | undefined;
  readonly configFolder?: readonly File[] | undefined;
}

/** What people are told of a model that is open. */
export interface ModelFacts {
  /** The weights' name. */
  readonly name: string;
  readonly dtype: string;
  /** Side of the square that it was trained at, in pixels. */
  readonly size: number;
  /** What it runs on. */
  readonly device: string;
  /** Whether that is a software adapter: correct, but slow. */
  readonly isSoftware: boolean;
  /** What was assumed of the weights, and what the adapter computes wrongly, a sentence each. */
  readonly notes: readonly string[];
}

/** A model on a device. */
export interface OpenModel {
  readonly model: StableDiffusion;
  readonly facts: ModelFacts;
}

/**
 * Loads weights on a device.
 * @throws CheckpointError, SafetensorsError naming what is wrong with them; OutOfMemoryError
 */
export async function openModel(
  source: ModelFolder | ModelFile,
  device: Device,
  { dtype, variant, predictionType, vae, configFolder }: ModelSettings,
): Promise<OpenModel> {
  const checkpoint = await openCheckpoint(source, {
    ...(variant && { variant }),
    ...(predictionType && { predictionType }),
    ...(vae && { vae: pickedModel(vae) }),
    ...(configFolder && { configFolder: pickedFolder(configFolder as readonly PickedFile[]) }),
  });
  let chosen: string = dtype;
  const model = await StableDiffusion.fromCheckpoint(checkpoint, {
    device,
    dtype,
    onDtype: (choice) => {
      chosen = `${choice.dtype}: ${choice.reason}`;
    },
  });
  const { name, software } = device.facts;
  return {
    model,
    facts: {
      name: checkpoint.name,
      dtype: chosen,
      size: trainedSize(model),
      device: name,
      isSoftware: software,
      notes: [...checkpoint.notes, ...device.faults],
    },
  };
}
