import { type Image, readPngText, withPngText } from '@lusd/sd-models';
import { plainPngOf } from './pixels.ts';

/** The keyword of this program's texts in PNG files. */
const KEYWORD = 'lusd';

/** A picture as a PNG file. @param text put into it under the keyword `lusd`, if any */
export async function pngOf(image: Image, text?: string): Promise<Blob> {
  const png = await plainPngOf(image);
  return text === undefined ? png : withText(png, text);
}

/** A PNG file with a text of this program. */
export async function withText(png: Blob, text: string): Promise<Blob> {
  return new Blob([withPngText(await bytesOf(png), KEYWORD, text)], { type: 'image/png' });
}

/** The text that this program put into a PNG file; null if it did not. @throws Error if it is no PNG file */
export async function textOf(png: Blob): Promise<string | null> {
  return readPngText(await bytesOf(png), KEYWORD);
}

async function bytesOf(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}
