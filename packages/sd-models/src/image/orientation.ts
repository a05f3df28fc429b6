/** A picture's or a mask's bytes: channels interleaved, rows from the top. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * How the stored pixels lie, as EXIF tag 0x0112 says it: 1 is upright, 6 the portrait of a phone. 2, 4, 5 and 7 are
 * mirrored; from 5 on, width and height are exchanged.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** The tag's value; what is not one of the eight counts as 1. */
export function parseOrientation(tag: number | undefined): Orientation {
  const isKnown = tag !== undefined && Number.isInteger(tag) && tag >= 1 && tag <= 8;
  return isKnown ? (tag as Orientation) : 1;
}

export function swapsSides(orientation: Orientation): boolean {
  return orientation >= 5;
}

/** The pixels as they are to be looked at; Pillow's `ImageOps.exif_transpose`. */
export function turnUpright({ width, height, data }: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return { width, height, data };
  const channels = data.length / (width * height);
  const isSwapped = swapsSides(orientation);
  const [uprightWidth, uprightHeight] = isSwapped ? [height, width] : [width, height];
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const upright = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < uprightHeight; y++) {
    for (let x = 0; x < uprightWidth; x++) {
      const column = isSwapped ? y : x;
      const row = isSwapped ? x : y;
      const storedX = fromRight ? width - 1 - column : column;
      const storedY = fromBottom ? height - 1 - row : row;
      const from = (storedY * width + storedX) * channels;
      for (let channel = 0; channel < channels; channel++) upright[to++] = data[from + channel]!;
    }
  }
  return { width: uprightWidth, height: uprightHeight, data: upright };
}
