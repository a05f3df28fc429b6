import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  AutoencoderKL,
  ClipTextModel,
  ClipTokenizer,
  parseClipTextConfig,
  parseMerges,
  parseSchedulerConfig,
  parseUNetConfig,
  parseVaeConfig,
  StableDiffusion,
  UNet2DConditionModel,
  vocabularyFromMerges,
} from '@lusd/sd-models';
import { type Module, type Shape, scope, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { goldenFolder, readJson } from './goldenFiles.ts';

interface ModelRecord {
  readonly seed: number;
  readonly config: unknown;
  readonly tensors: readonly [name: string, shape: number[]][];
}

interface Checkpoint {
  readonly unet: ModelRecord;
  readonly vae: ModelRecord;
  readonly text_encoder: ModelRecord;
  readonly scheduler: unknown;
}

/**
 * The small models that the released program's runs were recorded with, drawn from their seeds.
 *
 * @param name of the recorded run, such as `trajectories/accept_all`
 */
export function goldenPipeline(name: string): StableDiffusion {
  const { unet, vae, text_encoder, scheduler } = readJson<Checkpoint>(
    new URL('checkpoint.json', goldenFolder(name)),
  );
  return new StableDiffusion(
    clipTokenizer(),
    fill(new ClipTextModel(parseClipTextConfig(text_encoder.config)), text_encoder, 'text_model.'),
    fill(new UNet2DConditionModel(parseUNetConfig(unet.config)), unet),
    fill(new AutoencoderKL(parseVaeConfig(vae.config)), vae),
    parseSchedulerConfig(scheduler),
  );
}

/** CLIP's vocabulary takes this many of the merges in its file. */
const CLIP_MERGES = 48_894;

function clipTokenizer(): ClipTokenizer {
  const file = new URL('../../../sd-models/test/golden/clip_bpe_merges.txt.gz', import.meta.url);
  const merges = parseMerges(gunzipSync(readFileSync(file)).toString(), file.pathname);
  return new ClipTokenizer(vocabularyFromMerges(merges.slice(0, CLIP_MERGES)));
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

function drawWeight(key: string, shape: Shape, generator: TorchCpuGenerator): Float32Array<ArrayBuffer> {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const draws = generator.randn(count);
  if (shape.length > 1) return draws.map((r) => r / Math.sqrt(count / shape[0]!));
  const isNormWeight = key.includes('norm') && key.endsWith('weight');
  return draws.map((r) => (isNormWeight ? 1 : 0) + 0.1 * r);
}
