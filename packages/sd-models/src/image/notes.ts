import type { Orientation } from './orientation.ts';

/** What the file of a picture or a mask says besides its pixels, and what was made of it. */
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
        ? `${path} was turned upright, as its orientation tag says (${note.orientation})`
        : `${path} was left as it is stored, although its orientation tag says to turn it (${note.orientation})`;
    case 'profile':
      return note.isConverted
        ? `the colours of ${path} were converted from ${note.profile} to sRGB`
        : `the colour profile of ${path} (${note.profile}) was ignored`;
    case 'transparency':
      return note.isBlended
        ? `${path} is transparent in places, which were filled with white`
        : `the transparency of ${path} was dropped, so that the colours hidden there show`;
    case 'frames':
      return `${path} has ${note.frames} frames or pages, of which the first was taken`;
    case 'maskTransparency':
      return `the mask ${path} is transparent in places, which count as black: nothing changes there`;
    case 'maskTurned':
      return `the mask ${path} has its picture's size as stored, and was turned with it (orientation ${note.orientation})`;
    case 'maskNotTurned':
      return `the mask ${path} was taken as it is, while its picture was turned (orientation ${note.orientation}); make sure that it is upright`;
    case 'maskColours':
      return note.greyLevels >= LEVELS_OF_A_PHOTO
        ? `the mask ${path} looks like a photo; white is where the picture may change`
        : `the mask ${path} has colours, of which only the brightness counts; white is where the picture may change`;
    case 'maskLevels':
      return note.brightest === note.darkest
        ? `the mask ${path} is ${note.brightest} of 255 everywhere; black keeps the picture, white lets it change`
        : `the mask ${path} has levels from ${note.darkest} to ${note.brightest} of 255 only; black keeps the picture, white lets it change`;
  }
}
