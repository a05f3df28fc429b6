import type { Image } from '@lusd/sd-models';
import type { BrowserPicture } from '../../engine/engine.ts';
import type { MaskWork } from '../mask/renderMask.ts';
import type { OpenedPicture } from './openedPicture.ts';

/** What the pictures' worker can be asked. It looks at every pixel, so that the page need not. */
export interface PictureCalls {
  open: { args: [file: Blob]; result: OpenedPicture; event: never };
  /** Shown, a mask is white, and as opaque as it is white. */
  openMask: { args: [file: Blob]; result: OpenedPicture; event: never };
  /** The mask's file. */
  renderMask: { args: [work: MaskWork]; result: Blob; event: never };
  /** What a file shows: upright, in sRGB, over white. */
  pixels: { args: [file: Blob]; result: Image; event: never };
  /** A picture's PNG file. */
  png: { args: [picture: Image | BrowserPicture]; result: Blob; event: never };
  /** The files of the demo's pictures. */
  examples: { args: []; result: readonly Blob[]; event: never };
}
