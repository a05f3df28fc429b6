import type { Mask } from '@lusd/sd-models';
import { contextOf, maskOf } from '../../library/pixels.ts';
import { whiteOf } from '../pictures/openPicture.ts';
import { feathered } from './feather.ts';
import { drawStroke, type Stroke } from './strokes.ts';

/** What a mask is made from. */
export interface MaskWork {
  /** Of the picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** A picture that is painted over, white where the picture may change. */
  readonly base: Blob | null;
  readonly strokes: readonly Stroke[];
  /** Width of the soft edge, in pixels of the picture. */
  readonly feather: number;
}

/** The mask of a drawing, at the picture's size. @throws DOMException if the browser cannot decode the base */
export async function renderMask({ width, height, base, strokes, feather }: MaskWork): Promise<Mask> {
  const context = contextOf(new OffscreenCanvas(width, height));
  if (base) context.drawImage(whiteOf(await maskOf(base)), 0, 0);
  for (const stroke of strokes) drawStroke(context, stroke);
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = rgba[4 * i + 3]!;
  return feathered({ width, height, data }, feather);
}
