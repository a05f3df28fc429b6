import { scope } from '@lusd/tensor';
import { NoiseSchedule, type SamplerFactory } from '../../src/index.ts';

/**
 * Ancestral sampling, equations 6 and 7 of DDPM (Ho et al. 2020, arXiv 2006.11239), over `steps` evenly spaced steps of
 * training. Reference: diffusers' DDPMScheduler with `timestep_spacing='leading'`.
 */
export const ddpm: SamplerFactory = (config, steps) => {
  const schedule = new NoiseSchedule(config);
  const stride = Math.floor(config.numTrainTimesteps / steps);
  const timesteps = Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride + config.stepsOffset);
  return {
    timesteps,
    initNoiseSigma: 1,
    needsNoise: true,
    scaleModelInput: (sample) => sample,
    step: (output, index, sample, noise) => {
      const timestep = timesteps[index] ?? 0;
      const abar = schedule.alphaCumprod(timestep);
      const abarBefore = schedule.alphaCumprod(Math.max(0, timestep - stride));
      const alpha = abar / abarBefore;
      const [beta, left] = [1 - alpha, (1 - abarBefore) / (1 - abar)];
      return scope(() => {
        const original = schedule.predictOriginal(output, sample, timestep);
        const mean = original
          .mul((Math.sqrt(abarBefore) * beta) / (1 - abar))
          .add(sample.mul(Math.sqrt(alpha) * left));
        return noise ? mean.add(noise.mul(Math.sqrt(left * beta))) : mean;
      });
    },
    addNoise: (original, noise, index) => schedule.mix(original, noise, timesteps[index] ?? 0),
    dispose: () => {},
  };
};
