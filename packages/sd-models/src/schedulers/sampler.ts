import type { Tensor } from '@lusd/tensor';

/**
 * Solves the denoising equation from noise to a picture, one model evaluation a step. Steps are numbered from 0; the
 * samples are f32 of any shape. One object serves one run: a multistep sampler remembers earlier predictions.
 */
export interface Sampler {
  /** Training step of each evaluation, descending; what the model is told. */
  readonly timesteps: readonly number[];
  /** Standard deviation of the noise that sampling starts from. */
  readonly initNoiseSigma: number;
  /** Whether `step` adds noise, which the caller draws. */
  readonly needsNoise: boolean;
  /** What the model is given at a step. */
  scaleModelInput(sample: Tensor, index: number): Tensor;
  /**
   * The sample after step `index`.
   * @param output the model's output, in f32
   * @param noise standard normal, where `needsNoise`
   */
  step(output: Tensor, index: number, sample: Tensor, noise?: Tensor): Tensor;
  /** `original` with as much noise as the sample has before step `index`; for starting midway. */
  addNoise(original: Tensor, noise: Tensor, index: number): Tensor;
  /** Frees what is remembered of earlier steps. */
  dispose(): void;
}
