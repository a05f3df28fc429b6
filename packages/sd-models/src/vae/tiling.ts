import {
  arange,
  concat,
  type Device,
  type DType,
  dims,
  narrow,
  scope,
  slice,
  type Tensor,
} from '@lusd/tensor';
import { downscaleFactor, type VaeConfig } from './config.ts';

/** Share of a tile that it has in common with the next one; diffusers' `tile_overlap_factor`. */
const OVERLAP = 1 / 4;
const HEIGHT = 1;
const WIDTH = 2;

/** Whether and how the autoencoder works tile by tile. */
export interface TilingOptions {
  /**
   * Whether the picture is worked on in overlapping tiles whose seams are blended, which takes less memory, at the
   * price of small differences: each tile has its own normalisation. Default 'auto': only if the whole picture
   * needs a tensor larger than the adapter can bind.
   */
  readonly tiling?: 'auto' | boolean;
  /** Side of a tile in pixels of the picture. Default: the largest that the adapter can bind, at most 512. */
  readonly tileSize?: number;
}

/** How a map of one size is made from one of another, tile by tile. Lengths are sides of squares. */
interface TilePlan {
  /** Side of a tile that goes in. */
  readonly inputTile: number;
  /** How many times larger what comes out is; below 1 for an encoder. */
  readonly scale: number;
}

const LARGEST_TILE = 512;

/** The direction in which the autoencoder runs. */
export type Pass = 'encode' | 'decode';

/**
 * The side in pixels of the tiles for a picture of height x width, or null if it is processed whole.
 *
 * @throws RangeError if `tileSize` is unusable, or the adapter cannot bind even the smallest tile
 */
export function chooseTileSize(
  pass: Pass,
  config: VaeConfig,
  size: { readonly batch: number; readonly height: number; readonly width: number },
  target: { readonly device: Device; readonly dtype: DType },
  { tiling = 'auto', tileSize }: TilingOptions = {},
): number | null {
  const { batch, height, width } = size;
  const { maxStorageBufferBindingSize, maxBufferSize } = target.device.limits;
  const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  const bytes = largestBytesPerPixel(pass, config, target.dtype) * batch;
  const isTiled = tiling === 'auto' ? bytes * height * width > limit : tiling;
  if (!isTiled) return null;
  const unit = downscaleFactor(config) / OVERLAP;
  const side = tileSize ?? Math.min(LARGEST_TILE, Math.floor(Math.sqrt(limit / bytes) / unit) * unit);
  if (side < unit || side % unit !== 0) {
    throw new RangeError(
      `A tile of ${side} pixels cannot be used; tileSize must be a multiple of ${unit} (${unit} needs ${bytes * unit * unit} bytes).`,
    );
  }
  return side < Math.max(height, width) ? side : null;
}

/** Bytes of the largest tensor, for each pixel of the picture. */
function largestBytesPerPixel(pass: Pass, { blockOutChannels: channels }: VaeConfig, dtype: DType): number {
  const elements = channels.map((own, level) => {
    // A decoder's level starts with what the level below was enlarged to.
    const incoming = pass === 'decode' ? channels[level + 1] : channels[level - 1];
    return Math.max(own, incoming ?? own) / 4 ** level;
  });
  return Math.max(...elements) * (dtype === 'f16' ? 2 : 4);
}

/** `encode` of pictures [B, H, W, C] tile by tile: moments [B, H / f, W / f, ..]. */
export function tiledEncode(
  image: Tensor,
  tileSize: number,
  factor: number,
  encode: (tile: Tensor) => Tensor,
) {
  return tiled(image, { inputTile: tileSize, scale: 1 / factor }, encode);
}

/** `decode` of latents [B, h, w, C] tile by tile: pictures [B, f h, f w, ..]. */
export function tiledDecode(
  latents: Tensor,
  tileSize: number,
  factor: number,
  decode: (tile: Tensor) => Tensor,
) {
  return tiled(latents, { inputTile: tileSize / factor, scale: factor }, decode);
}

/**
 * Every tile's result, blended with those above and to the left of it over a quarter of its side.
 * Reference: diffusers' `AutoencoderKL.tiled_decode` and `_tiled_encode`.
 */
function tiled(x: Tensor, { inputTile, scale }: TilePlan, run: (tile: Tensor) => Tensor): Tensor {
  const [, height, width] = dims('vae', x, ['B', 'H', 'W', 'C']);
  const stride = inputTile * (1 - OVERLAP);
  const kept = stride * scale;
  const blended = inputTile * OVERLAP * scale;
  return scope(() => {
    let above: Tensor[] = [];
    const rows: Tensor[] = [];
    for (let top = 0; top < height; top += stride) {
      const row: Tensor[] = [];
      for (let left = 0; left < width; left += stride) {
        const tile = scope(() =>
          run(slice(x, [0, top, left], [Infinity, top + inputTile, left + inputTile])),
        );
        const faded = scope(() =>
          blend(row.at(-1), blend(above[row.length], tile, blended, HEIGHT), blended, WIDTH),
        );
        if (faded !== tile) tile.dispose();
        row.push(faded);
      }
      rows.push(
        concat(
          row.map((tile) => slice(tile, [0, 0, 0], [Infinity, kept, kept])),
          WIDTH,
        ),
      );
      above = row;
    }
    return concat(rows, HEIGHT);
  });
}

/** `tile` with its first `extent` lines faded in from the last ones of the tile `before` it. */
function blend(before: Tensor | undefined, tile: Tensor, extent: number, axis: number): Tensor {
  const [length = 0, earlier = 0] = [tile.shape[axis], before?.shape[axis]];
  const count = Math.min(extent, length, earlier);
  if (!before || count === 0) return tile;
  const weights = arange(0, count, 1, { device: tile.device }).div(count);
  const weight = weights.reshape([count, ...new Array<number>(tile.rank - 1 - axis).fill(1)]);
  const from = narrow(before, axis, earlier - count, count);
  const into = narrow(tile, axis, 0, count);
  const faded = from.add(into.sub(from).mul(weight)).cast(tile.dtype);
  return concat([faded, narrow(tile, axis, count, length - count)], axis);
}
