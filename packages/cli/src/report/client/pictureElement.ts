import type { Picture, PictureIndex } from '../model.ts';
import { h } from './dom.ts';

/** Pictures of so few pixels are shown with sharp pixels when they are enlarged. */
const SMALL = 256;

/** Makes elements of the report's pictures. */
export type ShowPicture = (index: PictureIndex, alt: string) => HTMLImageElement;

export function pictureShower(pictures: readonly Picture[]): ShowPicture {
  return (index, alt) => {
    const picture = pictures[index];
    if (!picture) throw new RangeError(`the report has no picture ${index}`);
    const { src, width, height } = picture;
    const isSmall = Math.max(width, height) <= SMALL;
    return h('img', {
      src,
      width,
      height,
      alt,
      loading: 'lazy',
      class: isSmall && 'small',
      draggable: 'false',
    });
  };
}
