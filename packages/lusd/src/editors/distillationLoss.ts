import { dims, scope, type Tensor } from '@lusd/tensor';
import { updateFactor } from './schedules.ts';

/**
 * A scalar whose gradient in the latents is the editor's step at a learning rate of 1: 2000 / (h w) times the
 * direction, which counts as constant. For optimising with any optimizer, or whatever the latents are made from.
 *
 * @param latents f32 [1, h, w, 4]
 * @param direction [1, h, w, 4], such as `normalisedDirection` gives
 */
export function distillationLoss(latents: Tensor, direction: Tensor): Tensor {
  const [, height, width] = dims('distillationLoss', latents, ['1', 'h', 'w', 'C'], 'latents');
  return scope(() => latents.mul(direction.detach()).sum().mul(updateFactor(height, width)));
}
