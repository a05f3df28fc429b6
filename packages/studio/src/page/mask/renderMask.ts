import type { Mask } from '@lusd/sd-models';
import { feathered } from './feather.ts';
import { drawStroke, isPainted, type MaskDrawing } from './strokes.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The mask of a drawing at the picture's size; null where nothing was painted. */
export function renderMask(drawing: MaskDrawing, { width, height }: Size): Mask | null {
  if (!isPainted(drawing)) return null;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context)
    throw new Error('this browser gives no canvas to paint on; close other pages and reload this one');
  if (drawing.base) context.drawImage(whiteOf(drawing.base), 0, 0, width, height);
  for (const stroke of drawing.strokes) drawStroke(context, stroke);
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = rgba[4 * i + 3]!;
  return feathered({ width, height, data }, drawing.feather);
}

/** White, as opaque as the mask is white. */
export function whiteOf({ width, height, data }: Mask): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  const words = new Uint32Array(pixels.data.buffer);
  for (let i = 0; i < data.length; i++) words[i] = (data[i]! << 24) | 0xffffff;
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  return canvas;
}
