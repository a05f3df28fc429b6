import type { Device, Tensor } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { planeBatch } from '../image/planeBatch.ts';
import { toSignedPlanes } from '../image/planes.ts';

/**
 * Pictures of one size as LPIPS takes them, f32 [B, H, W, 3] from -1 to 1.
 * @param device default: the current one
 * @throws RangeError if there is no picture, or their sizes differ
 */
export function lpipsPixels(images: readonly Image[], device?: Device): Tensor {
  const [first] = images;
  const { width = 0, height = 0 } = first ?? {};
  const other = images.find((image) => image.width !== width || image.height !== height);
  if (other)
    throw new RangeError(
      `lpipsPixels: pictures of ${width} x ${height} and ${other.width} x ${other.height} are not of one size; resize them.`,
    );
  return planeBatch(images, { name: 'lpipsPixels', height, width, toPlanes: toSignedPlanes, device });
}
