import { centerCrop } from './crop.ts';
import { checkPixels, type Image } from './image.ts';
import { CLIP_NORMALISATION, IMAGENET_NORMALISATION, type Normalisation } from './normalisation.ts';
import { resizeShortSide } from './resize.ts';

/** Side of the pictures that CLIP ViT-B/32 and ViT-L/14 take, in pixels. */
export const CLIP_SIZE = 224;
/** DINO's pictures are cut from ones whose short side has this length. */
const DINO_SHORT_SIDE = 256;
/** Side of the pictures that DINO takes, in pixels. */
export const DINO_SIZE = 224;

/** An autoencoder's input: x / 127.5 - 1, f32 in [-1, 1], shape [3, height, width]. */
export function toSignedPlanes(image: Image): Float32Array<ArrayBuffer> {
  return toPlanes(image, (value) => Math.fround(value / 127.5) - 1);
}

/**
 * A picture from an autoencoder's output of shape [3, height, width]: x / 2 + 0.5 in f32, clamped to [0, 1], times
 * 255, made a byte by `toByte`.
 * @param toByte default Math.trunc, as the LUSD program does; diffusers rounds
 * @throws RangeError if the planes do not have 3 x height x width values, or hold NaN.
 */
export function fromSignedPlanes(
  planes: Float32Array,
  width: number,
  height: number,
  toByte: (value: number) => number = Math.trunc,
): Image {
  const area = width * height;
  if (planes.length !== 3 * area) {
    throw new RangeError(`Planes of ${planes.length} values are not an image of 3 x ${height} x ${width}.`);
  }
  // As a byte, NaN would be black.
  if (planes.some(Number.isNaN)) {
    throw new RangeError(
      'The decoded picture contains NaN because the model overflowed; load its weights as f32.',
    );
  }
  const data = Uint8Array.from({ length: 3 * area }, (_, i) => {
    const value = Math.fround(planes[(i % 3) * area + Math.trunc(i / 3)]! / 2 + 0.5);
    return toByte(Math.fround(Math.min(Math.max(value, 0), 1) * 255));
  });
  return { width, height, data };
}

/**
 * The input of CLIP's image encoder: short side to 224, centre crop, (x / 255 - mean) / std in f32; shape
 * [3, 224, 224]. torchvision's preprocessing in OpenAI's CLIP.
 */
export function toClipPlanes(image: Image): Float32Array<ArrayBuffer> {
  const cropped = centerCrop(resizeShortSide(image, CLIP_SIZE), CLIP_SIZE);
  return toNormalisedPlanes(cropped, CLIP_NORMALISATION);
}

/**
 * DINO's input: short side to 256, centre crop of 224, (x / 255 - mean) / std in f32; shape [3, 224, 224].
 * torchvision's preprocessing in DINO's and MagicBrush's evaluation.
 */
export function toDinoPlanes(image: Image): Float32Array<ArrayBuffer> {
  const cropped = centerCrop(resizeShortSide(image, DINO_SHORT_SIDE), DINO_SIZE);
  return toNormalisedPlanes(cropped, IMAGENET_NORMALISATION);
}

/** torchvision's ToTensor and Normalize. */
function toNormalisedPlanes(image: Image, normalisation: Normalisation): Float32Array<ArrayBuffer> {
  const mean = Float32Array.from(normalisation.mean);
  const std = Float32Array.from(normalisation.std);
  return toPlanes(image, (value, channel) => {
    const centred = Math.fround(Math.fround(value / 255) - mean[channel]!);
    return centred / std[channel]!;
  });
}

/** Channels first. */
function toPlanes(image: Image, map: (value: number, channel: number) => number): Float32Array<ArrayBuffer> {
  checkPixels(image, 3);
  const area = image.width * image.height;
  const planes = new Float32Array(3 * area);
  for (const [i, value] of image.data.entries()) {
    const channel = i % 3;
    planes[channel * area + (i - channel) / 3] = map(value, channel);
  }
  return planes;
}
