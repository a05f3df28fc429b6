import type { Pixels } from './orientation.ts';

const FILE_HEADER = 14;
const OS2_HEADER = 12;
const WITHOUT_MASKS = 40;
const WITH_ALPHA_MASK = 56;
const UNCOMPRESSED = 0;
const MASKED = [3, 6];
/** Bits of red, green, blue and alpha where the file does not name them. */
const MASKS_16 = [0x7c00, 0x03e0, 0x001f, 0] as const;
const MASKS_32 = [0xff0000, 0xff00, 0xff, 0] as const;

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  /** Which bits of a pixel of 16 or 32 are red, green, blue and alpha. */
  readonly masks: readonly number[];
  /** Three bytes a colour, or four of which the last means nothing. */
  readonly palette: Uint8Array;
  readonly paletteEntry: 3 | 4;
  readonly pixelOffset: number;
}

/**
 * Reads a Windows or OS/2 bitmap: 1, 4 or 8 bits with a palette, 16, 24 or 32 bits, from the bottom or from the top.
 * @param maxPixels what a larger picture is refused for
 * @returns 8-bit RGB, or RGBA where the file has an alpha mask
 * @throws Error if it is compressed, truncated or not a bitmap
 */
export function decodeBmp(bytes: Uint8Array, maxPixels: number): Pixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = parseHeader(bytes, view);
  const { width, height, isTopDown, bits, pixelOffset } = header;
  if (width < 1 || height < 1 || width * height > maxPixels)
    throw new Error(`a size of ${width} x ${height} is not possible`);
  const rowLength = Math.ceil((width * bits) / 32) * 4;
  const lastRow = Math.ceil((width * bits) / 8);
  if (pixelOffset + rowLength * (height - 1) + lastRow > bytes.length)
    throw new Error('the file is truncated');
  const colourOf = colourReader(bytes, view, header);
  const channels = header.masks[3] === 0 ? 3 : 4;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const row = pixelOffset + rowLength * (isTopDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++) colourOf(row, x, data, (y * width + x) * channels);
  }
  return { width, height, data };
}

function parseHeader(bytes: Uint8Array, view: DataView): BmpHeader {
  const size = bytes.length < FILE_HEADER + 4 ? Number.POSITIVE_INFINITY : view.getUint32(FILE_HEADER, true);
  if (FILE_HEADER + size > bytes.length) throw new Error('the file is truncated');
  const isOs2 = size === OS2_HEADER;
  const signedHeight = isOs2 ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isOs2 ? 24 : 28, true);
  const compression = isOs2 ? UNCOMPRESSED : view.getUint32(30, true);
  if (![1, 4, 8, 16, 24, 32].includes(bits))
    throw new Error(`bitmaps of ${bits} bits per pixel are not supported`);
  const hasMasks = MASKED.includes(compression) && (bits === 16 || bits === 32);
  if (compression !== UNCOMPRESSED && !hasMasks) throw new Error('compressed bitmaps are not supported');
  const maskCount = size >= WITH_ALPHA_MASK || compression === 6 ? 4 : 3;
  const end = FILE_HEADER + size + (hasMasks && size === WITHOUT_MASKS ? 4 * maskCount : 0);
  if (end > bytes.length) throw new Error('the file is truncated');
  const pixelOffset = view.getUint32(10, true);
  return {
    width: isOs2 ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(signedHeight),
    isTopDown: signedHeight < 0,
    bits,
    masks: hasMasks ? readMasks(view, maskCount) : bits === 16 ? MASKS_16 : MASKS_32,
    palette: bytes.subarray(end, pixelOffset),
    paletteEntry: isOs2 ? 3 : 4,
    pixelOffset,
  };
}

/** In every version of the header the masks follow its first 40 bytes. */
function readMasks(view: DataView, count: 3 | 4): number[] {
  const at = FILE_HEADER + WITHOUT_MASKS;
  return [0, 1, 2, 3].map((i) => (i < count ? view.getUint32(at + 4 * i, true) : 0));
}

/** Writes the colour of the pixel at column x of the row that begins at byte `row`. */
type ColourReader = (row: number, x: number, to: Uint8Array, at: number) => void;

function colourReader(bytes: Uint8Array, view: DataView, header: BmpHeader): ColourReader {
  const { bits, masks, palette, paletteEntry } = header;
  if (bits <= 8) {
    return (row, x, to, at) => {
      const bit = x * bits;
      const index = (bytes[row + (bit >> 3)]! >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
      copyReversed(palette, index * paletteEntry, to, at);
    };
  }
  if (bits === 24) return (row, x, to, at) => copyReversed(bytes, row + 3 * x, to, at);
  const channels = masks.filter((mask) => mask !== 0).map(channelOf);
  return (row, x, to, at) => {
    const pixel = bits === 16 ? view.getUint16(row + 2 * x, true) : view.getUint32(row + 4 * x, true);
    for (const [i, channel] of channels.entries()) to[at + i] = channel(pixel);
  };
}

/** Blue, green, red as red, green, blue; black where the palette ends before. */
function copyReversed(from: Uint8Array, start: number, to: Uint8Array, at: number): void {
  for (let channel = 0; channel < 3; channel++) to[at + channel] = from[start + 2 - channel] ?? 0;
}

/** The bits of a mask, brought to 8. */
function channelOf(mask: number): (pixel: number) => number {
  const shift = 31 - Math.clz32(mask & -mask);
  const largest = mask >>> shift;
  return (pixel) => Math.trunc((((pixel & mask) >>> shift) * 255) / largest);
}
