import { type GuidedEditor, type GuidedOptions, guidedDescent } from './guidedDescent.ts';

/**
 * Delta Denoising Score (Hertz, Aberman, Cohen-Or, ICCV 2023, arXiv 2304.07090): descends along
 * e(z_t, target) - e(s_t, source), where the picture's latents z and the source's s have the same timestep and noise,
 * and e is guided. Like its authors' program, whose step size LUSD uses too.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function dds(options: Partial<GuidedOptions> = {}): GuidedEditor {
  return guidedDescent('dds', options, ({ denoiser, schedule, source, latents, draw }, { guidanceScale }) => {
    const { timestep: t, noise: eps } = draw;
    const [s_t, z_t] = [schedule.mix(source, eps, t), schedule.mix(latents, eps, t)];
    const { noises } = denoiser.predict(t, [
      { noisy: s_t, prompt: 'source', guidance: guidanceScale },
      { noisy: z_t, prompt: 'target', guidance: guidanceScale },
    ]);
    const [ofSource, ofTarget] = noises;
    return ofTarget.sub(ofSource);
  });
}
