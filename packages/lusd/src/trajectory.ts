import type { Image } from '@lusd/sd-models';
import {
  type SafetensorsFile,
  type Tensor,
  type TensorData,
  toFloat32,
  toInt32,
  writeSafetensors,
} from '@lusd/tensor';
import type { Draw, DrawSource } from './draws.ts';
import { LusdError } from './errors.ts';
import type { Attempt } from './gradientFilter.ts';
import type { LatentStep } from './optimizeLatents.ts';

/** Key columns of the self-attention that a trajectory keeps: 0, 17, 34, .. */
const SELF_STRIDE = 17;

/**
 * Writes down an edit as the reference trajectories are: torch's NCHW, keys `s{iteration}.t{attempt}.*` for attempts,
 * `s{iteration}.*` for steps, and `image`, `output`, `z_source`, `z_final`, `text_embeddings`.
 */
export class TrajectoryRecorder {
  private readonly tensors = new Map<string, TensorData>();

  async attempt({ iteration, attempt, timestep, noise, prediction }: Attempt): Promise<void> {
    const key = `s${iteration}.t${attempt}`;
    const [, height, width, channels] = prediction.difference.shape;
    this.tensors.set(`${key}.timestep`, { dtype: 'I32', shape: [1], data: new Int32Array([timestep]) });
    this.tensors.set(`${key}.eps`, { dtype: 'F32', shape: [1, channels!, height!, width!], data: noise });
    await this.latents(`${key}.e_t`, prediction.difference);
  }

  async step({ iteration, attempt, before, mask, maps, direction, latents }: LatentStep): Promise<void> {
    const key = `s${iteration}`;
    await this.latents(`${key}.z_before`, before);
    await this.latents(`${key}.direction`, direction);
    const [, height, width] = latents.shape;
    const cmap = mask
      ? await mask.data<Float32Array<ArrayBuffer>>()
      : new Float32Array(height! * width!).fill(1);
    this.tensors.set(`${key}.cmap`, { dtype: 'F32', shape: [height!, width!], data: cmap });
    if (!maps) return;
    const attemptKey = `${key}.t${attempt.attempt}`;
    await this.plain(`${attemptKey}.A_cross`, maps.cross, maps.cross.shape);
    const [halfHeight, halfWidth] = [height!, width!].map((extent) => Math.ceil(extent / 2));
    const self = everyColumn(
      await maps.self.data<Float32Array<ArrayBuffer>>(),
      maps.self.shape[1]!,
      SELF_STRIDE,
    );
    const shape = [1, halfHeight!, halfWidth!, self.length / maps.self.shape[0]!];
    this.tensors.set(`${attemptKey}.A_self`, { dtype: 'F32', shape, data: self });
  }

  image(name: 'image' | 'output', { width, height, data }: Image): void {
    this.tensors.set(name, { dtype: 'U8', shape: [height, width, 3], data });
  }

  async embeddings(contexts: Tensor): Promise<void> {
    await this.plain('text_embeddings', contexts, contexts.shape);
  }

  /** NHWC latents under `key`, as [1, 4, h, w]. */
  async latents(key: string, latents: Tensor): Promise<void> {
    using planes = latents.permute([0, 3, 1, 2]);
    await this.plain(key, planes, planes.shape);
  }

  /** Writes the file; it appears under its name only once it is whole. */
  async write(path: string): Promise<void> {
    await writeSafetensors(path, this.tensors);
  }

  private async plain(key: string, tensor: Tensor, shape: readonly number[]): Promise<void> {
    this.tensors.set(key, { dtype: 'F32', shape, data: await tensor.data<Float32Array<ArrayBuffer>>() });
  }
}

function everyColumn(data: Float32Array, columns: number, stride: number): Float32Array<ArrayBuffer> {
  const rows = data.length / columns;
  const kept = Math.ceil(columns / stride);
  const out = new Float32Array(rows * kept);
  for (let i = 0; i < out.length; i++) out[i] = data[Math.floor(i / kept) * columns + (i % kept) * stride]!;
  return out;
}

/** How many draws each iteration of a recorded trajectory took; empty where the file is no trajectory. */
export function recordedAttempts({ tensors }: SafetensorsFile): number[] {
  const attempts: number[] = [];
  const has = (attempt: number) => tensors.has(`s${attempts.length}.t${attempt}.timestep`);
  while (has(0)) {
    let count = 1;
    while (has(count)) count++;
    attempts.push(count);
  }
  return attempts;
}

/** The draws of a recorded trajectory, in the order in which they were made. */
export class RecordedDraws implements DrawSource {
  private position = 0;

  private constructor(
    private readonly draws: readonly Draw[],
    private readonly name: string,
  ) {}

  /** @throws LusdError when the file holds no draws of `noiseSize` numbers */
  static async read(file: SafetensorsFile, noiseSize: number): Promise<RecordedDraws> {
    const attempts = recordedAttempts(file);
    if (attempts.length === 0)
      throw new LusdError(`${file.name} holds no draws; record one with a TrajectoryRecorder`);
    const draws: Draw[] = [];
    for (const [iteration, count] of attempts.entries()) {
      for (let attempt = 0; attempt < count; attempt++)
        draws.push(await readDraw(file, `s${iteration}.t${attempt}`, noiseSize));
    }
    return new RecordedDraws(draws, file.name);
  }

  next(): Draw {
    const draw = this.draws[this.position++];
    if (draw) return draw;
    throw new LusdError(
      `${this.name} holds ${this.draws.length} draws and the edit asks for more; replay it with the options and weights it was recorded with`,
    );
  }
}

async function readDraw(file: SafetensorsFile, key: string, noiseSize: number): Promise<Draw> {
  const noise = file.tensors.get(`${key}.eps`);
  const size = noise?.shape.reduce((a, b) => a * b, 1);
  if (noise?.dtype !== 'F32' || size !== noiseSize) {
    throw new LusdError(
      `${file.name}: ${key}.eps must hold ${noiseSize} F32 numbers for this picture's size`,
    );
  }
  const timestep = toInt32(
    await file.read(`${key}.timestep`),
    file.tensors.get(`${key}.timestep`)!.dtype,
  )[0]!;
  return { timestep, noise: toFloat32(await file.read(`${key}.eps`), 'F32') };
}
