import { keep, scope, type Tensor, zeros } from '@lusd/tensor';
import { Disposables } from '../disposables.ts';
import type { Problem } from './editor.ts';

/** The two weights of guidance by a model that was trained on instructions. */
export interface PictureGuidance {
  /** Of the instruction. */
  readonly guidanceScale: number;
  /** Of the picture. */
  readonly imageGuidanceScale: number;
}

/** What such a model is given beside the noisy latents. Dispose it, or declare it with `using`. */
export class PictureInputs implements Disposable {
  /** Latents of the picture as the autoencoder gives them, as such models were trained. */
  readonly image: Tensor;
  /** Zeros: no picture. */
  readonly none: Tensor;
  private readonly held = new Disposables();

  constructor({ source, scalingFactor }: Pick<Problem, 'source' | 'scalingFactor'>) {
    this.image = this.held.add(keep(source.div(scalingFactor)));
    this.none = this.held.add(keep(zeros(source.shape, { device: source.device })));
  }

  /** What is asked about noisy latents: with instruction and picture, with the picture alone, with neither. */
  queries(noisy: Tensor) {
    const { image, none } = this;
    return [
      { noisy, prompt: 'target', beside: image },
      { noisy, prompt: 'null', beside: image },
      { noisy, prompt: 'null', beside: none },
    ] as const;
  }

  dispose(): void {
    this.held.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * The answers to `PictureInputs.queries` as one: e(null, none) + s_I (e(null, image) - e(null, none)) +
 * s_T (e(instruction, image) - e(null, image)), equation 3 of InstructPix2Pix (arXiv 2211.09800).
 */
export function guidedByPicture(
  instructed: Tensor,
  shown: Tensor,
  plain: Tensor,
  { guidanceScale, imageGuidanceScale }: PictureGuidance,
): Tensor {
  return scope(() =>
    plain.add(shown.sub(plain).mul(imageGuidanceScale)).add(instructed.sub(shown).mul(guidanceScale)),
  );
}
