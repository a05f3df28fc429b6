import type { Image } from '@lusd/sd-models';

/** A picture that is known by its content: equal keys mean equal pixels. */
export interface Picture extends Image {
  readonly key: string;
}

/** Which part of a picture is looked at: all of it, where the mask is 1 (edited), or where it is 0. */
export type Region = 'whole' | 'edited' | 'unedited';

/** Where a picture was edited: one byte a pixel, 1 (edited) or 0, row by row. */
export interface EditMask {
  readonly data: Uint8Array;
  readonly key: string;
}

/** A picture with its key, which is its size and the SHA-256 of its pixels. */
export async function identify({ width, height, data }: Image): Promise<Picture> {
  return { width, height, data, key: `${width}x${height}:${await digest(data)}` };
}

/** A mask with its key, the SHA-256 of its pixels. @param data 1 or 0, a byte a pixel */
export async function identifyMask(data: Uint8Array): Promise<EditMask> {
  return { data, key: await digest(data) };
}

/**
 * The picture multiplied by the mask (edited) or by 1 - mask (unedited): black outside of the region.
 * @throws RangeError if mask and picture differ in size
 */
export function maskedPicture(picture: Picture, mask: EditMask, region: Exclude<Region, 'whole'>): Picture {
  const { width, height, data } = picture;
  if (mask.data.length !== width * height) {
    throw new RangeError(
      `The mask has ${mask.data.length} pixels but the picture is ${width} x ${height}; give a mask of the picture's size.`,
    );
  }
  const kept = region === 'edited' ? 1 : 0;
  const masked = data.map((value, i) => (mask.data[Math.floor(i / 3)] === kept ? value : 0));
  return { width, height, data: masked, key: `${picture.key}*${region}:${mask.key}` };
}

/** Whether the region has no pixel. */
export function isEmptyRegion({ data }: EditMask, region: Exclude<Region, 'whole'>): boolean {
  return !data.includes(region === 'edited' ? 1 : 0);
}

async function digest(data: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(data)));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
