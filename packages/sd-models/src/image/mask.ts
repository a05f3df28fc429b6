import type { Image, Mask } from './image.ts';
import type { MaskNote } from './notes.ts';
import { type Orientation, type Pixels, swapsSides, turnUpright } from './orientation.ts';

const MIDDLE = 128;
/** How far the channels of a colour are apart, where a lossy file's grey is not. */
const COLOURED = 32;
/** The share of coloured pixels from which on a mask is doubtful. */
const COLOURED_SHARE = 0.01;

/** The picture that a mask belongs to. */
export interface MaskedPicture extends Pixels {
  /** How the picture was stored; its pixels have been turned upright. */
  readonly orientation: Orientation;
}

/**
 * A mask of an upright picture, from one without an orientation of its own: turned with the picture where only that
 * makes the sizes equal. Where both ways do, the mask is taken to be upright, as people see the picture they paint on.
 */
export function followPicture(mask: Mask, picture: MaskedPicture): { mask: Mask; notes: MaskNote[] } {
  const { orientation } = picture;
  if (orientation === 1) return { mask, notes: [] };
  const isSwapped = swapsSides(orientation);
  const isStoredSize = isSwapped
    ? mask.width === picture.height && mask.height === picture.width
    : hasSizeOf(mask, picture);
  if (!isStoredSize) return { mask, notes: [] };
  if (hasSizeOf(mask, picture)) return { mask, notes: [{ kind: 'maskNotTurned', orientation }] };
  return { mask: turnUpright(mask, orientation), notes: [{ kind: 'maskTurned', orientation }] };
}

function hasSizeOf(a: Pixels, b: Pixels): boolean {
  return a.width === b.width && a.height === b.height;
}

/**
 * What makes a mask doubtful: colours, as of a photo, or no part that is clearly black or clearly white.
 * @param colours the mask's picture, in the same geometry or not
 */
export function doubtsOf(mask: Mask, colours: Image): MaskNote[] {
  const isUsed = new Uint8Array(256);
  for (const value of mask.data) isUsed[value] = 1;
  const [darkest, brightest] = [isUsed.indexOf(1), isUsed.lastIndexOf(1)];
  const notes: MaskNote[] = [];
  if (colouredShare(colours) >= COLOURED_SHARE)
    notes.push({ kind: 'maskColours', greyLevels: isUsed.reduce((sum, used) => sum + used) });
  if (brightest < MIDDLE || darkest >= MIDDLE) notes.push({ kind: 'maskLevels', darkest, brightest });
  return notes;
}

function colouredShare({ width, height, data }: Image): number {
  let coloured = 0;
  for (let i = 0; i < data.length; i += 3) {
    const [red, green, blue] = [data[i]!, data[i + 1]!, data[i + 2]!];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) >= COLOURED) coloured++;
  }
  return coloured / (width * height);
}
