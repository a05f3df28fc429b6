import type { Denoiser } from '../denoiser.ts';
import { LusdError } from '../errors.ts';

/** The denoiser's `gradient`. @throws LusdError naming the method if the denoiser has none */
export function requireGradient(denoiser: Denoiser, method: string): NonNullable<Denoiser['gradient']> {
  if (denoiser.gradient) return (latents, loss) => denoiser.gradient!(latents, loss);
  throw new LusdError(
    `${method} needs gradients through the model, which this denoiser does not give; use a UNetDenoiser, or another method`,
  );
}
