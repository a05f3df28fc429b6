import type { Image, Mask } from '@lusd/sd-models';

/**
 * A picture's pixels as a browser shows them: upright, in sRGB, over white.
 * @throws Error if the browser cannot decode it
 */
export async function imageOf(picture: ImageBitmapSource): Promise<Image> {
  using bitmap = await bitmapOf(picture);
  return rgbOf(pixelsOf(bitmap, '#fff'));
}

/** A picture as a mask: its luminance times alpha, so that what is transparent is black. */
export async function maskOf(picture: ImageBitmapSource): Promise<Mask> {
  using bitmap = await bitmapOf(picture);
  const { width, height, data } = pixelsOf(bitmap, '#000');
  const grey = new Uint8Array(width * height);
  for (let i = 0, from = 0; i < grey.length; i++, from += 4)
    grey[i] = Math.round(0.299 * data[from]! + 0.587 * data[from + 1]! + 0.114 * data[from + 2]!);
  return { width, height, data: grey };
}

/** A picture as a PNG file. */
export function plainPngOf(image: Image): Promise<Blob> {
  const canvas = new OffscreenCanvas(image.width, image.height);
  contextOf(canvas).putImageData(imageDataOf(image), 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** A mask as a PNG file of greys. */
export function maskPngOf({ width, height, data: grey }: Mask): Promise<Blob> {
  const data = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) data.fill(grey[i]!, 3 * i, 3 * i + 3);
  return plainPngOf({ width, height, data });
}

/** Pixels for a canvas. */
export function imageDataOf({ width, height, data: rgb }: Image): ImageData {
  const data = new ImageData(width, height);
  const words = new Uint32Array(data.data.buffer);
  for (let i = 0, from = 0; i < words.length; i++, from += 3)
    words[i] = 0xff000000 | (rgb[from + 2]! << 16) | (rgb[from + 1]! << 8) | rgb[from]!;
  return data;
}

function rgbOf({ width, height, data: rgba }: ImageData): Image {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    data[to++] = rgba[from]!;
    data[to++] = rgba[from + 1]!;
    data[to++] = rgba[from + 2]!;
  }
  return { width, height, data };
}

/** Closed where its block ends. */
async function bitmapOf(picture: ImageBitmapSource): Promise<ImageBitmap & Disposable> {
  const bitmap = await createImageBitmap(picture);
  return Object.assign(bitmap, { [Symbol.dispose]: () => bitmap.close() });
}

function pixelsOf(bitmap: ImageBitmap, background: string): ImageData {
  const { width, height } = bitmap;
  const context = contextOf(new OffscreenCanvas(width, height));
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/** Kept by the processor: what a GPU's canvas gives back may be rounded. */
export function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context) return context;
  throw new Error('this browser gives no canvas to draw on; close other pages and reload this one');
}
