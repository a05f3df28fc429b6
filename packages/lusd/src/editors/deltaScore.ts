import type { Tensor } from '@lusd/tensor';
import type { Tap } from '../denoiser.ts';
import type { Terms } from './score.ts';

/**
 * e(z_t, target) - e(s_t, source), where z_t and s_t have the same timestep and noise, and e is guided: DDS's gradient.
 *
 * @param tap reads the pass; its first query is the source's
 */
export function deltaScore<T = null>(
  { denoiser, schedule, source, latents, draw }: Omit<Terms, 'number'>,
  { guidanceScale: guidance }: { readonly guidanceScale: number },
  tap: Tap<T> | null = null,
): { readonly delta: Tensor; readonly tapped: T } {
  const { timestep: t, noise: eps } = draw;
  const [s_t, z_t] = [schedule.mix(source, eps, t), schedule.mix(latents, eps, t)];
  const queries = [
    { noisy: s_t, prompt: 'source', guidance },
    { noisy: z_t, prompt: 'target', guidance },
  ] as const;
  const { noises, tapped } = denoiser.predict(t, queries, tap);
  const [ofSource, ofTarget] = noises;
  return { delta: ofTarget.sub(ofSource), tapped };
}
