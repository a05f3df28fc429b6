import { type GuidedEditor, type GuidedOptions, guidedDescent } from './guidedDescent.ts';

/**
 * Score Distillation Sampling (Poole et al., ICLR 2023, arXiv 2209.14988): descends along e(z_t, target) - eps, where e
 * is guided. The source prompt is not used. Like the program of DDS's authors, with the weighting w(t) = 1.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function sds(options: Partial<GuidedOptions> = {}): GuidedEditor {
  return guidedDescent('sds', options, ({ denoiser, schedule, latents, draw }, { guidanceScale }) => {
    const { timestep: t, noise: eps } = draw;
    const z_t = schedule.mix(latents, eps, t);
    const { noises } = denoiser.predict(t, [{ noisy: z_t, prompt: 'target', guidance: guidanceScale }]);
    return noises[0].sub(eps);
  });
}
