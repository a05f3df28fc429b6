import type { Image } from '@lusd/sd-models';
import type { Tensor, TensorData } from '@lusd/tensor';
import type { Step } from '../editors/editor.ts';
import type { AttentionMaps } from '../mask/attentionMask.ts';
import { latentSize } from '../picture/latents.ts';

/** Key columns of the self-attention that a trajectory keeps: 0, 17, 34, .. */
const SELF_STRIDE = 17;

/**
 * Records an edit in the format of the reference trajectories: torch's NCHW, keys `s{iteration}.t{attempt}.*` for
 * attempts, `s{iteration}.*` for steps, and `image`, `output`, `z_source`, `z_final`, `text_embeddings`. Hand `tensors`
 * to `writeSafetensors` when the edit has ended.
 */
export class TrajectoryRecorder {
  private readonly recorded = new Map<string, TensorData>();

  /** What was recorded so far. */
  get tensors(): ReadonlyMap<string, TensorData> {
    return this.recorded;
  }

  /** @internal @param embeddings of the source and the target prompt, [2, tokens, width] */
  async begin(image: Image, source: Tensor, embeddings: Tensor): Promise<void> {
    this.image('image', image);
    await this.plain('text_embeddings', embeddings);
    await this.latents('z_source', source);
  }

  /** @internal */
  async step(step: Step): Promise<void> {
    const { iteration, attempt, accepted, timestep, noise, before, direction, facts } = step;
    const [stepKey, attemptKey] = [`s${iteration}`, `s${iteration}.t${attempt}`];
    const data = new Int32Array([timestep]);
    this.recorded.set(`${attemptKey}.timestep`, { dtype: 'I32', shape: [1], data });
    if (noise) await this.latents(`${attemptKey}.eps`, noise);
    if (facts.gradient) await this.latents(`${attemptKey}.e_t`, facts.gradient);
    if (!accepted) return;
    await this.latents(`${stepKey}.z_before`, before);
    if (direction) await this.latents(`${stepKey}.direction`, direction);
    if (facts.mask !== undefined) await this.mask(`${stepKey}.cmap`, facts.mask, before);
    if (facts.maps) await this.maps(attemptKey, facts.maps, before);
  }

  /** @internal */
  async end(latents: Tensor, output: Image): Promise<void> {
    await this.latents('z_final', latents);
    this.image('output', output);
  }

  private image(key: string, { width, height, data }: Image): void {
    this.recorded.set(key, { dtype: 'U8', shape: [height, width, 3], data });
  }

  /** NHWC latents, as [1, C, h, w]. */
  private async latents(key: string, latents: Tensor): Promise<void> {
    using planes = latents.permute([0, 3, 1, 2]);
    await this.plain(key, planes);
  }

  /** A mask [1, h, w, 1], as [h, w]; ones if there is none. */
  private async mask(key: string, mask: Tensor | null, latents: Tensor): Promise<void> {
    const { height, width } = latentSize(latents);
    const data = mask ? await mask.data('f32') : new Float32Array(height * width).fill(1);
    this.recorded.set(key, { dtype: 'F32', shape: [height, width], data });
  }

  private async maps(key: string, { cross, self }: AttentionMaps, latents: Tensor): Promise<void> {
    await this.plain(`${key}.A_cross`, cross);
    const { height, width } = latentSize(latents);
    const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    const keys = rows * columns;
    const data = everyColumn(await self.data('f32'), keys, SELF_STRIDE);
    const shape = [1, rows, columns, Math.ceil(keys / SELF_STRIDE)];
    this.recorded.set(`${key}.A_self`, { dtype: 'F32', shape, data });
  }

  private async plain(key: string, tensor: Tensor): Promise<void> {
    const data = await tensor.data('f32');
    this.recorded.set(key, { dtype: 'F32', shape: tensor.shape, data });
  }
}

function everyColumn(data: Float32Array, columns: number, stride: number): Float32Array<ArrayBuffer> {
  const kept = Math.ceil(columns / stride);
  const out = new Float32Array((data.length / columns) * kept);
  for (let i = 0; i < out.length; i++) out[i] = data[Math.floor(i / kept) * columns + (i % kept) * stride]!;
  return out;
}
