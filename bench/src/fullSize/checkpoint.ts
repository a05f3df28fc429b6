import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutoencoderKL, ClipTextModel, UNet2DConditionModel, vocabularyFromMerges } from '@lusd/sd-models';
import { type Module, type Shape, type TensorData, writeSafetensors } from '@lusd/tensor';
import { CONFIGS, MODEL_INDEX, PARSED_CONFIGS, SCHEDULER_CONFIG } from './configs.ts';
import { drawHalves, Xorshift32 } from './drawHalves.ts';

const SEED = 20250311;
/** Standard deviation of biases, and of norms' weights around 1. */
const SMALL = 0.1;
/** Where CLIP's tokenizer has its last two tokens. */
const SPECIAL_IDS = { '<|startoftext|>': 49406, '<|endoftext|>': 49407 };

const COMPONENTS = [
  {
    folder: 'unet',
    file: 'diffusion_pytorch_model.fp16.safetensors',
    make: () => new UNet2DConditionModel(PARSED_CONFIGS.unet),
  },
  {
    folder: 'vae',
    file: 'diffusion_pytorch_model.fp16.safetensors',
    make: () => new AutoencoderKL(PARSED_CONFIGS.vae),
  },
  {
    folder: 'text_encoder',
    file: 'model.fp16.safetensors',
    make: () => new ClipTextModel(PARSED_CONFIGS.textEncoder),
  },
] as const;

/**
 * Writes a Stable Diffusion 1.5 of random weights as a diffusers folder: every tensor in its real shape, f16, 2.13 GB.
 * Matrices have the standard deviation 1 / sqrt(fan-in), so that activations stay finite. The tokenizer knows letters
 * only.
 */
export async function writeSyntheticCheckpoint(folder: string): Promise<void> {
  const random = new Xorshift32(SEED);
  for (const { folder: name, file, make } of COMPONENTS) {
    await mkdir(join(folder, name), { recursive: true });
    await writeJson(join(folder, name, 'config.json'), CONFIGS[name]);
    await writeSafetensors(join(folder, name, file), drawWeights(make(), random));
  }
  await mkdir(join(folder, 'scheduler'));
  await writeJson(join(folder, 'scheduler', 'scheduler_config.json'), SCHEDULER_CONFIG);
  await mkdir(join(folder, 'tokenizer'));
  const letters = Object.fromEntries(vocabularyFromMerges([]).ids);
  await writeJson(join(folder, 'tokenizer', 'vocab.json'), { ...letters, ...SPECIAL_IDS });
  await writeFile(join(folder, 'tokenizer', 'merges.txt'), '#version: 0.2\n');
  await writeJson(join(folder, 'model_index.json'), MODEL_INDEX);
}

function drawWeights(module: Module, random: Xorshift32): Map<string, TensorData> {
  return new Map(
    module.namedParameters().map(([name, { torchShape }]): [string, TensorData] => {
      const count = torchShape.reduce((product, extent) => product * extent, 1);
      const { mean, deviation } = distributionOf(name, torchShape, count);
      return [name, { dtype: 'F16', shape: torchShape, data: drawHalves(count, mean, deviation, random) }];
    }),
  );
}

function distributionOf(name: string, shape: Shape, count: number) {
  if (shape.length > 1) return { mean: 0, deviation: 1 / Math.sqrt(count / shape[0]!) };
  const isNormWeight = name.includes('norm') && name.endsWith('weight');
  return { mean: isNormWeight ? 1 : 0, deviation: SMALL };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}
