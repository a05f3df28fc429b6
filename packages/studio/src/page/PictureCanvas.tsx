import type { Image } from '@lusd/sd-models';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { imageDataOf } from '../library/pixels.ts';

/** A picture on the screen. @param label read out for the picture; without one it is decoration */
export function PictureCanvas({
  image,
  label,
  class: name,
}: {
  image: Image | ImageBitmap;
  label?: string;
  class?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (image instanceof ImageBitmap) context?.drawImage(image, 0, 0);
    else context?.putImageData(imageDataOf(image), 0, 0);
  }, [image]);
  const spoken =
    label === undefined ? { 'aria-hidden': true } : { role: 'img' as const, 'aria-label': label };
  return <canvas ref={canvas} class={name} width={image.width} height={image.height} {...spoken} />;
}
