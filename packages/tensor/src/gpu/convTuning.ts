import type { AdapterFacts } from './facts.ts';

/** Sizes of a 3 x 3 convolution of stride 1. */
export interface WinogradSize {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Tiles of 2 x 2 pixels of all results. */
  readonly tiles: number;
}

/** Fewer tiles do not pay for the transformation of the weights. */
const LEAST_TILES = 16;

/**
 * Least Cin Cout / (Cin + Cout) from which Winograd's algorithm is faster: it saves 5 multiplications for every pair of
 * channels, and transforms each channel of the input and of the result once. Measured in f32, 2026-11-27, by processor
 * time: SwiftShader (subgroups of 4) 1.0 times as fast at 16 -> 16 channels, 1.2 at 32 -> 16, 1.4 at 32 -> 32, 2.2 at
 * 320 -> 320; lavapipe (8) 0.9 at 32 -> 32, 1.1 at 64 -> 64, 1.3 at 128 -> 64, 1.8 at 320 -> 320.
 */
const LEAST_CHANNELS: Readonly<Record<number, number>> = { 4: 10, 8: 24, 16: 24 };

/** Whether an adapter with these facts computes such a convolution faster by Winograd's algorithm; of GPUs none was measured. */
export function suitsWinograd(
  { software, subgroupMinSize }: AdapterFacts,
  { inChannels, outChannels, tiles }: WinogradSize,
): boolean {
  const least = LEAST_CHANNELS[subgroupMinSize] ?? Number.POSITIVE_INFINITY;
  return software && tiles >= LEAST_TILES && (inChannels * outChannels) / (inChannels + outChannels) >= least;
}
