import type { Mask } from '@lusd/sd-models';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Where the model lets the picture change, over it: the rest is darkened. */
export function MaskOverlay({ mask }: { mask: Mask }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const pixels = new ImageData(mask.width, mask.height);
    const words = new Uint32Array(pixels.data.buffer);
    for (let i = 0; i < words.length; i++)
      words[i] = (Math.round(0.8 * (255 - mask.data[i]!)) << 24) | 0x221100;
    canvas.current?.getContext('2d')?.putImageData(pixels, 0, 0);
  }, [mask]);
  return <canvas ref={canvas} class="overlay" width={mask.width} height={mask.height} />;
}
