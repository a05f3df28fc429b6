import type { Denoiser } from '../denoiser.ts';
import { LusdError } from '../errors.ts';

/** The denoiser's `gradient`. @throws LusdError naming the method if the denoiser has none */
export function requireGradient(denoiser: Denoiser, method: string): NonNullable<Denoiser['gradient']> {
  const gradient = denoiser.gradient?.bind(denoiser);
  if (gradient) return gradient;
  throw new LusdError(
    `${method} needs gradients through the model, which this denoiser does not give; use a UNetDenoiser, or another method`,
  );
}
