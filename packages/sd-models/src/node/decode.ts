import { isTransparent, luminanceTimesAlpha, overWhite, withoutAlpha } from '../image/alpha.ts';
import type { Image, Mask } from '../image/image.ts';
import { luminance } from '../image/luminance.ts';
import { doubtsOf, followPicture, type MaskedPicture } from '../image/mask.ts';
import type { PictureNote } from '../image/notes.ts';
import { type Orientation, type Pixels, turnUpright } from '../image/orientation.ts';
import { openPicture, type PictureBytes, type PictureFile } from './pictureFile.ts';

/**
 * Which pixels of a file are taken. `displayed`: those that a viewer shows, turned upright by the orientation tag,
 * converted to sRGB by the colour profile, with white behind what is transparent. `released`: those that the released
 * LUSD program takes, Pillow's `Image.open(path).convert('RGB')`, bit for bit.
 */
export type PixelSource = 'displayed' | 'released';

/** How a picture is read. */
export interface ReadOptions {
  /** Default `displayed`. */
  readonly pixels?: PixelSource;
}

/** How a mask is read. */
export interface ReadMaskOptions extends ReadOptions {
  /** The picture that the mask belongs to, with which it may have to be turned. */
  readonly of?: MaskedPicture;
  /** What is white: what is bright and opaque (default), or what is transparent, as in OpenAI's masks. */
  readonly white?: 'bright' | 'transparent';
}

/** A picture, and the notes about its file's metadata. */
export interface ImageFromFile extends Image {
  /** How the pixels were stored. */
  readonly orientation: Orientation;
  readonly notes: readonly PictureNote[];
}

/** A mask, and what is doubtful about it. */
export interface MaskFromFile extends Mask {
  readonly notes: readonly PictureNote[];
}

/** A profile that moves no value further than this, in grey levels of 255, says sRGB in other words. */
const ROUNDING = 2;

/**
 * Reads a JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file, of an animation the first frame.
 *
 * @param source its path, or its bytes with a name
 * Where `released` differs from Pillow: 16-bit grey keeps its high byte, where Pillow clips to white; transparent
 * pixels of a GIF are black; AVIF decodes with other rounding, and is always turned upright.
 * @throws Error naming the file, if it is missing, empty, damaged, truncated, too large or of another format
 */
export async function readImage(
  source: string | PictureBytes,
  { pixels = 'displayed' }: ReadOptions = {},
): Promise<ImageFromFile> {
  const file = await openPicture(source);
  const isDisplayed = pixels === 'displayed';
  const notes = notesOfFile(file, pixels);
  const stored = await file.decode();
  const converted = await convertedColours(file, stored);
  if (converted) {
    const profile = file.profile || 'an unnamed colour profile';
    notes.push({ kind: 'profile', profile, isConverted: isDisplayed });
  }
  const colours = isDisplayed && converted ? converted : stored;
  if (hasAlpha(colours) && isTransparent(colours))
    notes.push({ kind: 'transparency', isBlended: isDisplayed });
  const upright = turned(toRgb(colours, pixels), file, pixels);
  return { ...upright, orientation: file.orientation, notes };
}

/**
 * Reads any picture as a mask: luminance (ITU-R 601) times alpha. Its colour profile does not count. It is turned by
 * its own orientation tag or, where it has none, with its picture if that makes the sizes equal.
 * @throws Error as {@link readImage}
 */
export async function readMask(
  source: string | PictureBytes,
  { pixels = 'displayed', of, white = 'bright' }: ReadMaskOptions = {},
): Promise<MaskFromFile> {
  const file = await openPicture(source);
  const notes = notesOfFile(file, pixels);
  const stored = await file.decode();
  const isTransparentSomewhere = hasAlpha(stored) && isTransparent(stored);
  if (isTransparentSomewhere) notes.push({ kind: 'maskTransparency' });
  const own = turned(white === 'transparent' ? transparency(stored) : brightness(stored), file, pixels);
  const follows = of !== undefined && pixels === 'displayed' && file.orientation === 1;
  const { mask, notes: following } = follows ? followPicture(own, of) : { mask: own, notes: [] };
  return { ...mask, notes: [...notes, ...following, ...doubtsOf(mask, toRgb(stored, pixels))] };
}

function brightness(stored: Pixels): Mask {
  return hasAlpha(stored) ? luminanceTimesAlpha(stored) : luminance(stored);
}

/** White where the picture is transparent. */
function transparency(stored: Pixels): Mask {
  const { width, height } = stored;
  const data = new Uint8Array(width * height);
  if (!hasAlpha(stored)) return { width, height, data };
  for (let i = 0; i < data.length; i++) data[i] = 255 - stored.data[4 * i + 3]!;
  return { width, height, data };
}

function notesOfFile(file: PictureFile, pixels: PixelSource): PictureNote[] {
  const { orientation, frames } = file;
  const notes: PictureNote[] = [];
  if (frames > 1) notes.push({ kind: 'frames', frames });
  if (orientation !== 1) notes.push({ kind: 'orientation', orientation, isTurned: isTurned(file, pixels) });
  return notes;
}

/** The colours in sRGB; null if they are already. */
async function convertedColours(file: PictureFile, stored: Pixels): Promise<Pixels | null> {
  if (file.profile === null) return null;
  const converted = await file.decodeAsSrgb();
  const isNear = stored.data.every((value, i) => Math.abs(value - converted.data[i]!) <= ROUNDING);
  return isNear ? null : converted;
}

function hasAlpha({ width, height, data }: Pixels): boolean {
  return data.length === width * height * 4;
}

function toRgb(pixels: Pixels, source: PixelSource): Image {
  if (!hasAlpha(pixels)) return pixels;
  return source === 'displayed' ? overWhite(pixels) : withoutAlpha(pixels);
}

/** Pillow turns TIFF files by itself, and no others. */
function isTurned({ format }: PictureFile, pixels: PixelSource): boolean {
  return pixels === 'displayed' || format.name === 'TIFF';
}

function turned(stored: Pixels, file: PictureFile, pixels: PixelSource): Pixels {
  return isTurned(file, pixels) ? turnUpright(stored, file.orientation) : stored;
}
