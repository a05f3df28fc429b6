import { describeNote, type PictureNote } from '@lusd/sd-models';
import {
  type ImageFromFile,
  type MaskFromFile,
  type PixelSource,
  readImage,
  readMask,
} from '@lusd/sd-models/node';
import type { Log } from './ui/log.ts';

/** Reads the pictures of a command, and warns once per file about metadata that is ignored. */
export class PictureReader {
  private readonly warned = new Set<string>();

  constructor(
    private readonly pixels: PixelSource,
    private readonly log: Log,
  ) {}

  /** @throws Error naming the file if it cannot be read */
  async readImage(path: string): Promise<ImageFromFile> {
    const image = await readImage(path, { pixels: this.pixels });
    this.warn(path, image.notes);
    return image;
  }

  /** @param of the picture that the mask belongs to @throws Error naming the file if it cannot be read */
  async readMask(path: string, of?: ImageFromFile): Promise<MaskFromFile> {
    const mask = await readMask(path, { pixels: this.pixels, ...(of && { of }) });
    this.warn(path, mask.notes);
    return mask;
  }

  private warn(path: string, notes: readonly PictureNote[]): void {
    if (this.warned.has(path)) return;
    this.warned.add(path);
    for (const note of notes) this.log.warn(describeNote(path, note), { path, note });
  }
}
