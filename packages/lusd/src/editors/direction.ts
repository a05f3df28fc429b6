import { dims, eq, scope, std, type Tensor, where } from '@lusd/tensor';
import { updateFactor } from './schedules.ts';

/**
 * Direction of an update: (1 - lambda) M g + lambda (z - z_src), where the regulariser is not masked (equation 8 of
 * the paper).
 *
 * @param gradient difference of the noise predictions g, [1, h, w, 4]
 * @param mask narrowed mask, [1, h, w, 1]; null if there is none
 */
export function regularisedDirection(
  gradient: Tensor,
  mask: Tensor | null,
  latents: Tensor,
  source: Tensor,
  regScale: number,
): Tensor {
  return scope(() => {
    const masked = mask ? gradient.mul(mask) : gradient;
    return masked.mul(1 - regScale).add(latents.sub(source).mul(regScale));
  });
}

/** The mask at iteration k: b_k M + (1 - b_k), from the whole picture to M. */
export function narrowedMask(average: Tensor, narrowing: number): Tensor {
  return scope(() => average.mul(narrowing).add(1 - narrowing));
}

/** `direction` with its standard deviation (unbiased) brought to `scale`, its mean kept; all zeros stay as they are. */
export function normalisedDirection(direction: Tensor, scale: number): Tensor {
  return scope(() => {
    const deviation = std(direction, undefined, { correction: 1 });
    return where(eq(deviation, 0), direction, direction.mul(scale).div(deviation));
  });
}

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
