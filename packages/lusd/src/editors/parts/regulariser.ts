import { scope, type Tensor } from '@lusd/tensor';

/**
 * A direction that also leads back to the source: (1 - lambda) g + lambda (z - z_src), where the regulariser is not
 * masked (equation 8 of LUSD's paper).
 *
 * @param gradient what the method descends along, masked, [1, h, w, C]
 * @param regScale lambda, 0 to 1
 */
export function regularisedDirection(
  gradient: Tensor,
  latents: Tensor,
  source: Tensor,
  regScale: number,
): Tensor {
  return scope(() => gradient.mul(1 - regScale).add(latents.sub(source).mul(regScale)));
}
