import type { Mask } from '@lusd/sd-models';
import { contextOf, maskOf } from '../../library/pixels.ts';
import type { OpenedPicture } from './openedPicture.ts';

/** Of the longer side on the screen, in pixels: drawing a photo's own number of pixels would be slow. */
const MOST_SHOWN = 2048;

/** @throws DOMException if the browser cannot decode the file */
export async function openPicture(given: Blob): Promise<OpenedPicture> {
  const file = await copyOf(given);
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const shown = scaled(bitmap, width, height, '#fff');
  bitmap.close();
  return { file, width, height, shown };
}

/** As {@link openPicture}; shown, the mask is white, and as opaque as it is white. */
export async function openMask(given: Blob): Promise<OpenedPicture> {
  const file = await copyOf(given);
  const mask = await maskOf(file);
  const { width, height } = mask;
  return { file, width, height, shown: scaled(whiteOf(mask), width, height, 'transparent') };
}

/** White, as opaque as the mask is white. */
export function whiteOf({ width, height, data }: Mask): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  const words = new Uint32Array(pixels.data.buffer);
  for (let i = 0; i < data.length; i++) words[i] = (data[i]! << 24) | 0xffffff;
  contextOf(canvas).putImageData(pixels, 0, 0);
  return canvas;
}

function scaled(picture: CanvasImageSource, width: number, height: number, background: string): ImageBitmap {
  const scale = Math.min(1, MOST_SHOWN / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
  const context = contextOf(canvas);
  context.fillStyle = background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.transferToImageBitmap();
}

/** In memory: a file on the disk can be changed while its picture is edited. */
async function copyOf(file: Blob): Promise<Blob> {
  return new Blob([await file.arrayBuffer()], { type: file.type });
}
