import type { AdapterFacts } from './facts.ts';

/** Pixels of the result along a side of a tile of Winograd's algorithm. */
export type WinogradTile = 2 | 4;

/** Sizes of a 3 x 3 convolution of stride 1. */
export interface WinogradSize {
  readonly images: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Whether an operand is f16. */
  readonly halves: boolean;
}

/** From which sizes on Winograd's algorithm is faster than the direct sums. */
interface LeastSizes {
  /** Cin Cout / (Cin + Cout): it saves multiplications for pairs of channels, and transforms each channel by itself. */
  readonly channels: number;
  /** Tiles of 4 x 4 of all results, which the transformed weights are read for. */
  readonly tiles: number;
}

/**
 * By the lanes of a subgroup, for f32 and f16. Measured with tiles of 4 x 4, 2026-11-28, by processor time. f32:
 * SwiftShader (4) 1.6 times as fast at 16 -> 16 channels, 2.0 at 32 -> 32, 2.5 at 64 -> 64, 4.2 at 320 -> 320; with 8 tiles
 * 2.0. lavapipe (8) 0.9 at 16 -> 16, 1.0 at 32 -> 16, 1.2 at 32 -> 32, 1.3 at 64 -> 64, 2.2 at 320 -> 320; with 8 tiles 0.8.
 * f16, of which a load brings two: SwiftShader 2.3, 2.6, 3.0, 5.2; lavapipe 0.9 at 64 -> 64, 1.2 at 128 -> 64, 1.9 at 320.
 */
const LEAST_SIZES: Readonly<Record<number, Readonly<Record<'f32' | 'f16', LeastSizes>>>> = {
  4: { f32: { channels: 6, tiles: 8 }, f16: { channels: 6, tiles: 8 } },
  8: { f32: { channels: 11, tiles: 16 }, f16: { channels: 40, tiles: 16 } },
  16: { f32: { channels: 11, tiles: 16 }, f16: { channels: 40, tiles: 16 } },
};
/**
 * Transformed weights beyond this size are those of small tiles: 36 elements for a kernel's nine take longer than what
 * they save where there are few tiles, and pass what some adapters bind.
 */
const MOST_WEIGHT_BYTES = 32 * 2 ** 20;
/** Small tiles that pay for the transformation of the weights: 1280 -> 1280 at 8 x 8 was 2.1 times as fast. */
const LEAST_SMALL_TILES = 16;

/**
 * The tile by which an adapter with these facts computes such a convolution faster than by direct sums; null if by none.
 * Of GPUs none was measured.
 */
export function winogradTileFor(
  { software, subgroupMinSize }: AdapterFacts,
  size: WinogradSize,
): WinogradTile | null {
  const { inChannels, outChannels, halves } = size;
  const least = LEAST_SIZES[subgroupMinSize]?.[halves ? 'f16' : 'f32'];
  if (!software || !least) return null;
  if ((inChannels * outChannels) / (inChannels + outChannels) < least.channels) return null;
  if (weightBytes(size) > MOST_WEIGHT_BYTES) return tilesOf(size, 2) >= LEAST_SMALL_TILES ? 2 : null;
  return tilesOf(size, 4) >= least.tiles ? 4 : null;
}

function tilesOf({ images, outHeight, outWidth }: WinogradSize, tile: WinogradTile): number {
  return images * Math.ceil(outHeight / tile) * Math.ceil(outWidth / tile);
}

/** Of tiles of 4 x 4: 36 elements for the kernel's nine. */
function weightBytes({ inChannels, outChannels }: WinogradSize): number {
  return 36 * inChannels * outChannels * Float32Array.BYTES_PER_ELEMENT;
}
