import { scope, type Tensor } from '@lusd/tensor';
import { Descent, distil, type Editor, type Score, type State } from '../../src/index.ts';

export interface NfsdOptions {
  readonly numSteps: number;
  readonly lr: number;
  /** Timesteps are drawn from [low, high). */
  readonly timesteps: { readonly low: number; readonly high: number };
  /** Weight s of what leads to the target; the paper's is 7.5. */
  readonly scale: number;
}

/** Below this timestep the prediction without a prompt is taken for free of noise. */
const NOISE_FREE = 200;

/**
 * Noise-Free Score Distillation (Katzir et al., ICLR 2024, arXiv 2310.17590): descends along what leads into the domain of
 * pictures, e(z_t, null) - e(z_t, negative) or, at low timesteps, e(z_t, null), and s times what leads to the target,
 * e(z_t, target) - e(z_t, null).
 */
export function nfsd({ numSteps, lr, timesteps, scale }: NfsdOptions): Editor {
  const score: Score = {
    draw: (draws) => draws.next(timesteps),
    gradient: (state) => noiseFreeScore(state, scale),
  };
  const parts = { filter: null, maskAttention: null, regularise: null, normalise: null };
  const settings = { numSteps, lr, optimizer: 'sgd', reduction: 'mean', parts } as const;
  return {
    name: 'nfsd',
    numSteps,
    run: (problem) => distil(problem, new Descent(problem, score, settings), numSteps),
  };
}

function noiseFreeScore({ denoiser, schedule, latents, draw }: State, scale: number): Tensor {
  const { timestep: t, noise: eps } = draw;
  const noisy = schedule.mix(latents, eps, t);
  const { noises } = denoiser.predict(t, [
    { noisy, prompt: 'null' },
    { noisy, prompt: 'negative' },
    { noisy, prompt: 'target' },
  ]);
  const [ofNull, ofNegative, ofTarget] = noises;
  return scope(() => {
    const domain = t < NOISE_FREE ? ofNull : ofNull.sub(ofNegative);
    return domain.add(ofTarget.sub(ofNull).mul(scale));
  });
}
