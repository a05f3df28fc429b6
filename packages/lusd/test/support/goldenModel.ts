import {
  AutoencoderKL,
  ClipTextModel,
  defaultClipTokenizer,
  parseClipTextConfig,
  parseSchedulerConfig,
  parseUNetConfig,
  parseVaeConfig,
  StableDiffusion,
  UNet2DConditionModel,
} from '@lusd/sd-models';
import { type Module, scope, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { drawWeight } from '@lusd/testing-models/fillWeights';
import { goldenFolder, readJson } from './goldenFiles.ts';

interface ModelRecord {
  readonly seed: number;
  readonly config: unknown;
  readonly tensors: readonly [name: string, shape: number[]][];
}

const FULL_CHECKPOINT = 'trajectories/accept_all';

interface Checkpoint {
  readonly unet: ModelRecord;
  readonly vae: ModelRecord;
  readonly text_encoder: ModelRecord;
  readonly scheduler: unknown;
}

/**
 * The small models that the released program's runs were recorded with, drawn from their seeds. They differ in their
 * UNets alone.
 *
 * @param name of the recorded run, such as `trajectories/accept_all`
 */
export async function goldenPipeline(name: string): Promise<StableDiffusion> {
  const read = (run: string) => readJson<Checkpoint>(new URL('checkpoint.json', goldenFolder(run)));
  const { unet } = read(name);
  const { vae, text_encoder, scheduler } = read(FULL_CHECKPOINT);
  return new StableDiffusion(
    await defaultClipTokenizer('sd1'),
    fill(new ClipTextModel(parseClipTextConfig(text_encoder.config)), text_encoder, 'text_model.'),
    fill(new UNet2DConditionModel(parseUNetConfig(unet.config)), unet),
    fill(new AutoencoderKL(parseVaeConfig(vae.config)), vae),
    parseSchedulerConfig(scheduler),
  );
}

/** Fills in the recorded order, by the rule of the reference's small models. */
function fill<M extends Module>(module: M, { seed, tensors }: ModelRecord, prefix = ''): M {
  const generator = new TorchCpuGenerator(seed);
  module.requireGrad(false);
  const byName = new Map(module.namedParameters());
  for (const [key, shape] of tensors) {
    const parameter = byName.get(prefix + key) ?? byName.get(key);
    if (!parameter) throw new Error(`the model has no '${key}'`);
    scope(() => parameter.loadTorch(key, tensor(drawWeight(key, shape, generator), { shape })));
  }
  return module;
}
