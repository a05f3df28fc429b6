import type { Tensor } from '@lusd/tensor';
import { contrastiveLoss, type Patches, referencePatches } from './contrast.ts';
import type { State } from './editor.ts';
import { type Features, featureTap } from './featureTap.ts';
import { requireGradient } from './requireGradient.ts';

/** Reads the features of the first query: of the source where DDS asks, of the target here. */
export const FEATURES = featureTap(0);

/**
 * The gradient of CDS's contrastive loss at the latents, through the UNet's features of z_t for the target prompt without
 * guidance.
 *
 * @param reference features of the noisy source for the source prompt, at the same timestep and noise
 * @throws LusdError if the denoiser has no gradient
 */
export function contrastiveGradient(
  { denoiser, schedule, latents, draw }: State,
  reference: Features,
  patches: Patches,
): Tensor {
  const { timestep: t, noise: eps } = draw;
  const ofSource = referencePatches(reference, patches);
  const { gradient } = requireGradient(denoiser, 'the contrastive loss')(latents, (z, predict) => {
    const noisy = schedule.mix(z, eps, t);
    const { tapped } = predict(t, [{ noisy, prompt: 'target' }], FEATURES);
    return contrastiveLoss(tapped, ofSource);
  });
  return gradient;
}
