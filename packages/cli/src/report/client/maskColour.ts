import { svg } from './dom.ts';

/** Red, green and blue of a mask that lies over a picture: the vermilion of Okabe and Ito. */
const COLOUR = [0.84, 0.37, 0];
const OPACITY = 0.8;

/** The filter `#mask`, which makes a colour of a grey picture, the more opaque the whiter it is. */
export function maskColour(): SVGElement {
  const rows = [...COLOUR.map((part) => `0 0 0 0 ${part}`), `${OPACITY} 0 0 0 0`];
  return svg(
    'svg',
    { width: 0, height: 0, 'aria-hidden': 'true', class: 'hidden' },
    svg(
      'filter',
      { id: 'mask', 'color-interpolation-filters': 'sRGB' },
      svg('feColorMatrix', { type: 'matrix', values: rows.join(' ') }),
    ),
  );
}
