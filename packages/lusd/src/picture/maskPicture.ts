import { type Image, resizeMask } from '@lusd/sd-models';
import type { Tensor } from '@lusd/tensor';

/**
 * A mask in grey, enlarged to a frame: white is 1, black is 0.
 * @param mask [1, h, w, 1] in [0, 1]
 */
export async function maskPicture(
  mask: Tensor,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Image> {
  const [, rows = 0, columns = 0] = mask.shape;
  const values = await mask.data('f32');
  const levels = Uint8Array.from(values, (value) => Math.round(255 * value));
  const { data } = resizeMask({ width: columns, height: rows, data: levels }, width, height);
  return {
    width,
    height,
    data: Uint8Array.from({ length: data.length * 3 }, (_, i) => data[Math.trunc(i / 3)] ?? 0),
  };
}
