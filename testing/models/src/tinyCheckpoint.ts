import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TensorData, TorchCpuGenerator, toFloat16Bits, toFloat32, writeSafetensors } from '@lusd/tensor';
import { drawWeight } from './fillWeights.ts';
import { stateDictKeys } from './stateDictKeys.ts';
import { byteVocabulary, TINY_CONFIGS } from './tinyConfigs.ts';

type Component = keyof typeof TINY_CONFIGS;
type Weights = ReadonlyMap<string, TensorData>;

const { unet, vae, text } = stateDictKeys().tiny;
const COMPONENTS: readonly { name: Component; file: string; seed: number; keys: typeof unet }[] = [
  { name: 'unet', file: 'diffusion_pytorch_model', seed: 1234, keys: unet },
  { name: 'vae', file: 'diffusion_pytorch_model', seed: 4321, keys: vae },
  { name: 'text_encoder', file: 'model', seed: 555, keys: text },
];

const TINY_SCHEDULER = {
  _class_name: 'DDIMScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  clip_sample: false,
  set_alpha_to_one: false,
  steps_offset: 1,
};

const MODEL_INDEX = {
  _class_name: 'StableDiffusionPipeline',
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  scheduler: ['diffusers', 'DDIMScheduler'],
};

/** A component's weights by the fill rule, rounded to f16 so that every format can hold them. */
function drawComponent({ keys, seed }: (typeof COMPONENTS)[number]): Map<string, TensorData> {
  const generator = new TorchCpuGenerator(seed);
  return new Map(
    keys.tensors
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, shape]) => {
        const drawn = drawWeight(name, shape, generator);
        return [name, { dtype: 'F16', shape, data: toFloat16Bits(new Uint8Array(drawn.buffer), 'F32') }];
      }),
  );
}

function widened(weights: Weights): Map<string, TensorData> {
  return new Map(
    [...weights].map(([name, { shape, dtype, data }]) => {
      const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
      return [name, { dtype: 'F32', shape, data: toFloat32(bytes, dtype) }];
    }),
  );
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}

/** Everything of a diffusers folder but the weights. */
export async function writeConfigFolder(folder: string): Promise<void> {
  for (const part of ['unet', 'vae', 'text_encoder', 'scheduler', 'tokenizer']) {
    await mkdir(join(folder, part), { recursive: true });
  }
  await writeJson(join(folder, 'model_index.json'), MODEL_INDEX);
  for (const { name } of COMPONENTS) await writeJson(join(folder, name, 'config.json'), TINY_CONFIGS[name]);
  await writeJson(join(folder, 'scheduler', 'scheduler_config.json'), TINY_SCHEDULER);
  await writeJson(join(folder, 'tokenizer', 'vocab.json'), Object.fromEntries(byteVocabulary()));
  await writeFile(join(folder, 'tokenizer', 'merges.txt'), '#version: 0.2\n');
}

/** The specification's small checkpoint as a diffusers folder with whole F32 files. */
export async function writeWholeFolder(folder: string): Promise<void> {
  await writeConfigFolder(folder);
  for (const component of COMPONENTS) {
    const path = join(folder, component.name, `${component.file}.safetensors`);
    await writeSafetensors(path, widened(drawComponent(component)));
  }
}

/** The same as a diffusers folder with F16 files of the variant `fp16`, in two shards each. */
export async function writeShardedFolder(folder: string): Promise<void> {
  await writeConfigFolder(folder);
  for (const component of COMPONENTS) {
    const entries = [...drawComponent(component)];
    const half = Math.ceil(entries.length / 2);
    const weightMap: Record<string, string> = {};
    for (const [i, shard] of [entries.slice(0, half), entries.slice(half)].entries()) {
      const name = `${component.file}.fp16-0000${i + 1}-of-00002.safetensors`;
      await writeSafetensors(join(folder, component.name, name), new Map(shard));
      for (const [key] of shard) weightMap[key] = name;
    }
    const index = join(folder, component.name, `${component.file}.safetensors.index.fp16.json`);
    await writeJson(index, { metadata: {}, weight_map: weightMap });
  }
}

/** The same as one F16 file with LDM's names, and some of the training state that such files carry. */
export async function writeSingleFile(path: string): Promise<void> {
  const tensors = new Map<string, TensorData>([
    ['betas', { dtype: 'F32', shape: [2], data: new Float32Array(2) }],
    ['model_ema.decay', { dtype: 'F32', shape: [], data: new Float32Array(1) }],
  ]);
  for (const component of COMPONENTS) {
    const weights = drawComponent(component);
    for (const [name, , stored] of component.keys.tensors) {
      tensors.set(stored, { ...weights.get(name)!, shape: component.keys.stored[stored]! });
    }
  }
  await writeSafetensors(path, tensors);
}
