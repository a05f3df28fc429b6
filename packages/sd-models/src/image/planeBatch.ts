import { type Device, scope, type Tensor, tensor } from '@lusd/tensor';
import type { Image } from './image.ts';

/** How a picture becomes numbers: planes [3, height, width], all of one size. */
export interface PlaneBatch {
  /** The function's name, for messages. */
  readonly name: string;
  readonly height: number;
  readonly width: number;
  toPlanes(image: Image): Float32Array;
  /** Default: the current one. */
  readonly device?: Device | undefined;
}

/**
 * The planes of pictures as one tensor, f32 [B, height, width, 3].
 * @throws RangeError if there is no picture
 */
export function planeBatch(
  images: readonly Image[],
  { name, height, width, toPlanes, device }: PlaneBatch,
): Tensor {
  if (images.length === 0) throw new RangeError(`${name}: pass at least one picture.`);
  const size = 3 * height * width;
  const data = new Float32Array(images.length * size);
  for (const [i, image] of images.entries()) data.set(toPlanes(image), i * size);
  const options = { shape: [images.length, 3, height, width], ...(device && { device }) };
  return scope(() => tensor(data, options).permute([0, 2, 3, 1]));
}
