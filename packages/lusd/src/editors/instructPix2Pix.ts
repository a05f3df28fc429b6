import { keep, scope, type Tensor, zeros } from '@lusd/tensor';
import * as v from 'valibot';
import type { Denoiser } from '../denoiser.ts';
import { Disposables } from '../disposables.ts';
import { EulerAncestral, type SigmaInterpolation } from '../inversion/eulerAncestral.ts';
import { walk } from '../inversion/walk.ts';
import { finite, parseOptions, positiveInteger } from '../options.ts';
import type { Editor, Problem, Step } from './editor.ts';

/** The settings of InstructPix2Pix. */
export interface InstructPix2PixOptions {
  /** Number of steps; default 100. */
  readonly numSteps: number;
  /** Weight of the guidance by the instruction; default 7.5. */
  readonly guidanceScale: number;
  /** Weight of the guidance by the picture; default 1.5. */
  readonly imageGuidanceScale: number;
  /** Between timesteps: 'log_linear' as in the authors' program, the default, or 'linear' as in diffusers. */
  readonly sigmaInterpolation: SigmaInterpolation;
}

/** InstructPix2Pix with its options. */
export interface InstructPix2PixEditor extends Editor {
  readonly options: InstructPix2PixOptions;
}

/** How each of {@link InstructPix2PixOptions} is checked, and its default. */
export const instructPix2PixEntries = {
  numSteps: v.optional(positiveInteger, 100),
  guidanceScale: v.optional(finite, 7.5),
  imageGuidanceScale: v.optional(finite, 1.5),
  sigmaInterpolation: v.optional(
    v.picklist(['log_linear', 'linear'], 'must be log_linear or linear'),
    'log_linear',
  ),
};

/**
 * InstructPix2Pix (Brooks, Holynski, Efros, CVPR 2023, arXiv 2211.09800): a model that was trained on instructions
 * samples the edited picture, given the picture. The target prompt is the instruction, such as "make it a cup of
 * matcha"; the source prompt is not used.
 *
 * Its running needs a model of that kind, such as timbrooks/instruct-pix2pix, whose UNet takes 8 channels.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function instructPix2Pix(options: Partial<InstructPix2PixOptions> = {}): InstructPix2PixEditor {
  const parsed = parseOptions('instruct-pix2pix', instructPix2PixEntries, options);
  const { numSteps } = parsed;
  return { name: 'instruct-pix2pix', numSteps, options: parsed, run: (problem) => run(problem, parsed) };
}

async function* run(problem: Problem, options: InstructPix2PixOptions): AsyncGenerator<Step, void> {
  const { source, schedule, denoiser, draws, scalingFactor } = problem;
  const euler = new EulerAncestral(schedule, options.numSteps, options.sigmaInterpolation);
  using held = new Disposables();
  // The model was trained on the picture's latents as the autoencoder gives them.
  const image = held.add(keep(source.div(scalingFactor)));
  const none = held.add(keep(zeros(source.shape, { device: source.device })));
  const noise = held.add(draws.randn());
  const drawn = held.add(new Disposables());
  const { timesteps, sigmas } = euler;
  yield* walk(problem, {
    start: held.add(keep(noise.mul(sigmas[0]!))),
    timesteps,
    step(latents, timestep, index) {
      drawn.dispose();
      const fresh = euler.noiseScale(index) > 0 ? drawn.add(keep(draws.randn())) : null;
      const noisy = euler.modelInput(latents, index);
      const predicted = guidedNoise(denoiser, { timestep, noisy, image, none }, options);
      return {
        latents: euler.step(latents, predicted, index, fresh),
        original: euler.original(latents, predicted, index),
        ...(fresh && { noise: fresh }),
      };
    },
    sourceAfter: (timestep) => source.add(noise.mul(sigmas[timesteps.indexOf(timestep) + 1]!)),
  });
}

/** What the model is asked at a step. */
interface Question {
  readonly timestep: number;
  readonly noisy: Tensor;
  /** Latents of the picture, not scaled. */
  readonly image: Tensor;
  /** Zeros: no picture. */
  readonly none: Tensor;
}

/** e(null, none) + s_I (e(null, image) - e(null, none)) + s_T (e(instruction, image) - e(null, image)): equation 3. */
function guidedNoise(
  denoiser: Denoiser,
  { timestep, noisy, image, none }: Question,
  { guidanceScale, imageGuidanceScale }: InstructPix2PixOptions,
): Tensor {
  const { noises } = denoiser.predict(timestep, [
    { noisy, prompt: 'target', beside: image },
    { noisy, prompt: 'null', beside: image },
    { noisy, prompt: 'null', beside: none },
  ]);
  const [instructed, shown, plain] = noises;
  return scope(() =>
    plain.add(shown.sub(plain).mul(imageGuidanceScale)).add(instructed.sub(shown).mul(guidanceScale)),
  );
}
