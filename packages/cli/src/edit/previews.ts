import { join } from 'node:path';
import type { Image } from '@lusd/sd-models';
import { writePng } from '@lusd/sd-models/node';

/** Two pictures of one size. */
interface PreviewPair {
  /** The source as it is edited. */
  readonly source: Image;
  readonly preview: Image;
}

/**
 * Writes `step_030.png`, the source next to the preview, into a folder that exists.
 * @returns the file's name
 */
export async function writePreview(
  folder: string,
  iteration: number,
  { source, preview }: PreviewPair,
): Promise<string> {
  const name = `step_${String(iteration).padStart(3, '0')}.png`;
  await writePng(join(folder, name), sideBySide(source, preview));
  return name;
}

/** Two pictures of one height, the first on the left. */
function sideBySide(left: Image, right: Image): Image {
  const width = left.width + right.width;
  const data = new Uint8Array(width * left.height * 3);
  for (let y = 0; y < left.height; y++) {
    data.set(rowOf(left, y), y * width * 3);
    data.set(rowOf(right, y), (y * width + left.width) * 3);
  }
  return { width, height: left.height, data };
}

function rowOf({ width, data }: Image, y: number): Uint8Array {
  return data.subarray(y * width * 3, (y + 1) * width * 3);
}
