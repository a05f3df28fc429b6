import type { Orientation } from './orientation.ts';

/** Metadata of a picture's or a mask's file, and how it was used. */
export type PictureNote =
  | { readonly kind: 'orientation'; readonly orientation: Orientation; readonly isTurned: boolean }
  | { readonly kind: 'profile'; readonly profile: string; readonly isConverted: boolean }
  | { readonly kind: 'transparency'; readonly isBlended: boolean }
  | { readonly kind: 'frames'; readonly frames: number }
  | MaskNote;

/** What makes a mask doubtful. */
export type MaskNote =
  | { readonly kind: 'maskTransparency' }
  | { readonly kind: 'maskTurned'; readonly orientation: Orientation }
  | { readonly kind: 'maskNotTurned'; readonly orientation: Orientation }
  | { readonly kind: 'maskColours'; readonly greyLevels: number }
  | { readonly kind: 'maskLevels'; readonly darkest: number; readonly brightest: number };

/** From how many grey levels on a mask with colours is taken for a photo. */
const LEVELS_OF_A_PHOTO = 64;

/** A note as a sentence, without its full stop. @param path the file's */
export function describeNote(path: string, note: PictureNote): string {
  switch (note.kind) {
    case 'orientation':
      return note.isTurned
        ? `${path} was rotated upright according to its orientation tag (${note.orientation})`
        : `${path} was not rotated, although its orientation tag is (${note.orientation})`;
    case 'profile':
      return note.isConverted
        ? `the colours of ${path} were converted from ${note.profile} to sRGB`
        : `the colour profile of ${path} (${note.profile}) was ignored`;
    case 'transparency':
      return note.isBlended
        ? `${path} has transparent pixels, which were filled with white`
        : `the transparency of ${path} was dropped, so that the colours hidden there show`;
    case 'frames':
      return `${path} has ${note.frames} frames or pages; the first was used`;
    case 'maskTransparency':
      return `the mask ${path} has transparent pixels, which count as black: nothing changes there`;
    case 'maskTurned':
      return `the mask ${path} has the size of its picture as stored, and was rotated with it (orientation ${note.orientation})`;
    case 'maskNotTurned':
      return `the mask ${path} was not rotated, while its picture was (orientation ${note.orientation}); make sure that the mask is upright`;
    case 'maskColours':
      return note.greyLevels >= LEVELS_OF_A_PHOTO
        ? `the mask ${path} looks like a photo; white is where the picture may change`
        : `the mask ${path} has colours; only their brightness is used: white is where the picture may change`;
    case 'maskLevels':
      return note.brightest === note.darkest
        ? `the mask ${path} is ${note.brightest} of 255 everywhere; black keeps the picture, white lets it change`
        : `the mask ${path} has levels from ${note.darkest} to ${note.brightest} of 255 only; black keeps the picture, white lets it change`;
  }
}
