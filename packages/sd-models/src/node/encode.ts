import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { PNG } from 'pngjs';
import { checkPixels, type Image } from '../image/image.ts';

/** The picture as a PNG file of 8-bit RGB. */
export function encodePng(image: Image): Uint8Array {
  checkPixels(image, 3);
  const { width, height, data } = image;
  const png = new PNG({ width, height, colorType: 2, inputColorType: 2, inputHasAlpha: false });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.length);
  return PNG.sync.write(png, { colorType: 2, inputColorType: 2, inputHasAlpha: false });
}

/**
 * Writes a PNG file. It appears under its name only once it is whole.
 * @throws Error naming the file, if it cannot be written.
 */
export async function writePng(path: string, image: Image): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const bytes = encodePng(image);
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Error(`${path} cannot be written: ${error instanceof Error ? error.message : error}.`, {
      cause: error,
    });
  }
}
