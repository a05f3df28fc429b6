import { keep } from '@lusd/tensor';
import * as v from 'valibot';
import { Disposables } from '../disposables.ts';
import { EulerAncestral, type SigmaInterpolation } from '../inversion/eulerAncestral.ts';
import { walk } from '../inversion/walk.ts';
import { finite, parseOptions, positiveInteger } from '../options.ts';
import type { Editor, Problem, Step } from './editor.ts';
import { guidedByPicture, PictureInputs } from './pictureGuidance.ts';

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
  const { source, schedule, denoiser, draws } = problem;
  const euler = new EulerAncestral(schedule, options.numSteps, options.sigmaInterpolation);
  using held = new Disposables();
  const inputs = held.add(new PictureInputs(problem));
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
      const { noises } = denoiser.predict(timestep, inputs.queries(noisy));
      const predicted = guidedByPicture(...noises, options);
      return {
        latents: euler.step(latents, predicted, index, fresh),
        original: euler.original(latents, predicted, index),
        ...(fresh && { noise: fresh }),
      };
    },
    sourceAfter: (timestep) => source.add(noise.mul(sigmas[timesteps.indexOf(timestep) + 1]!)),
  });
}
