import { readFile } from 'node:fs/promises';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { decodeBmp } from '../image/bmp.ts';
import { cmykToRgb } from '../image/cmyk.ts';
import { profileName } from '../image/colourProfile.ts';
import { type FileFormat, fileFormat, refusal } from '../image/fileFormat.ts';
import { type Orientation, type Pixels, parseOrientation } from '../image/orientation.ts';
import { pngFrames } from '../image/png.ts';

/** Pillow refuses pictures above this too; a file of a few bytes can claim any size. */
const MAX_PIXELS = 178_956_970;

/** A picture's file that was found to be one, not decoded yet. */
export interface PictureFile {
  readonly format: FileFormat;
  /** How the decoded pixels lie. */
  readonly orientation: Orientation;
  /** Frames of an animation, pages of a document; the first is decoded. */
  readonly frames: number;
  /** The colour profile's name; null for a file without one. */
  readonly profile: string | null;
  /** Width, height and 8-bit RGB or RGBA, as stored. @throws Error naming the file if it is damaged */
  decode(): Promise<Pixels>;
  /** As {@link decode}, with the colours converted to sRGB by the profile. */
  decodeAsSrgb(): Promise<Pixels>;
}

/** A picture's file that is not on a disk, such as one that was sent. */
export interface PictureBytes {
  /** What messages call it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** @throws Error naming the file, if it is missing, empty, damaged, too large or of another format */
export async function openPicture(source: string | PictureBytes): Promise<PictureFile> {
  const path = typeof source === 'string' ? source : source.name;
  const bytes = typeof source === 'string' ? await readBytes(source) : source.bytes;
  if (bytes.length === 0) throw new Error(`The image ${path} is empty (0 bytes); copy or save it again.`);
  const format = fileFormat(bytes);
  if (format.remedy !== null) throw new Error(`${refusal(path, bytes, format)}.`);
  const naming = <T>(decoding: () => Promise<T>): Promise<T> => decoding().catch(cannotDecode(path, format));
  const file = await naming(() => (format.name === 'BMP' ? openBmp(bytes) : openWithSharp(bytes, format)));
  return {
    ...file,
    format,
    decode: () => naming(() => file.decode()),
    decodeAsSrgb: () => naming(() => file.decodeAsSrgb()),
  };
}

type OpenedFile = Omit<PictureFile, 'format'>;

// Not left to sharp, which remembers files by their name and may return what one held before.
async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new Error(`The image ${path} cannot be read: ${reason(error)}.`, { cause: error });
  });
}

function cannotDecode(path: string, { name }: FileFormat) {
  return (cause: unknown): never => {
    throw new Error(
      `${path} cannot be decoded as ${name}: ${reason(cause)}; copy it again, or save it as PNG or JPEG.`,
      { cause },
    );
  };
}

/** The first line of an error: native decoders add what they tried. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0]!.replace(/[.:\s]+$/, '');
}

async function openBmp(bytes: Uint8Array): Promise<OpenedFile> {
  const pixels = decodeBmp(bytes, MAX_PIXELS);
  const decode = async () => pixels;
  return { orientation: 1, frames: 1, profile: null, decode, decodeAsSrgb: decode };
}

async function openWithSharp(bytes: Uint8Array, { name }: FileFormat): Promise<OpenedFile> {
  const metadata = await open(bytes, { ignoreIcc: true }).metadata();
  const { depth, icc, orientation, pages } = metadata;
  if (depth !== 'uchar' && depth !== 'ushort')
    throw new Error(`its samples are of type ${depth}, not whole numbers of 8 or 16 bits`);
  return {
    // The decoder of AVIF turns by itself.
    orientation: name === 'AVIF' ? 1 : parseOrientation(orientation),
    frames: name === 'PNG' ? pngFrames(bytes) : (pages ?? 1),
    profile: icc === undefined ? null : profileName(icc),
    decode: () => decodeStored(bytes, metadata),
    decodeAsSrgb: () => decodeAsSrgb(bytes, metadata),
  };
}

function open(bytes: Uint8Array, { ignoreIcc }: { ignoreIcc: boolean }): Sharp {
  return sharp(bytes, { ignoreIcc, failOn: 'error', limitInputPixels: MAX_PIXELS });
}

async function decodeStored(bytes: Uint8Array, { space, depth, hasAlpha }: Metadata): Promise<Pixels> {
  const picture = open(bytes, { ignoreIcc: true });
  if (space !== 'cmyk') return rawPixels(picture.toColourspace('srgb'));
  const inks = hasAlpha ? picture.removeAlpha() : picture;
  return cmykToRgb(await rawPixels(inks.pipelineColourspace('cmyk').toColourspace('cmyk'), depth));
}

async function decodeAsSrgb(bytes: Uint8Array, metadata: Metadata): Promise<Pixels> {
  const isWide = metadata.depth === 'ushort' && metadata.space !== 'cmyk';
  const narrow = isWide ? await narrowed(bytes, metadata) : bytes;
  return rawPixels(open(narrow, { ignoreIcc: false }).toColourspace('srgb'));
}

/** As a file of 8 bits a sample with the same profile: sharp leaves colours of 16 bits in Display P3. */
async function narrowed(bytes: Uint8Array, { channels, hasAlpha }: Metadata): Promise<Uint8Array> {
  const isGrey = channels === (hasAlpha ? 2 : 1);
  return open(bytes, { ignoreIcc: false })
    .keepIccProfile()
    .toColourspace(isGrey ? 'b-w' : 'srgb')
    .tiff({ compression: 'none' })
    .toBuffer();
}

/** @param depth of the samples that leave sharp's pipeline, which narrows those of RGB by itself, but not inks */
async function rawPixels(picture: Sharp, depth: Metadata['depth'] = 'uchar'): Promise<Pixels> {
  const isWide = depth === 'ushort';
  const { data, info } = await picture
    .raw({ depth: isWide ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  if (!isWide) return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  return { width, height, data: Uint8Array.from(samples, (value) => value >> 8) };
}
