import type { Image } from '@lusd/sd-models';
import { DISTANCES, HAT_LINE, hat, type Shape } from './distances.ts';
import { type Rgb, SIZE } from './world.ts';

/** A set of a picture's pixels: 128 x 128, rows from the top, 1 for those in it. */
export type PixelSet = Uint8Array;

/** Where a shape lies: its centre and radius in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

/** The pixels whose centre (x, y) `holds`. */
export function pixelsWhere(holds: (x: number, y: number) => boolean): PixelSet {
  const set = new Uint8Array(SIZE * SIZE);
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      set[row * SIZE + column] = Number(holds(column + 0.5, row + 0.5));
    }
  }
  return set;
}

/** The pixels less than `tolerance` from a colour, by Euclid's distance of RGB bytes. */
export function pixelsNear({ data }: Image, [red, green, blue]: Rgb, tolerance: number): PixelSet {
  const set = new Uint8Array(SIZE * SIZE);
  for (let pixel = 0; pixel < set.length; pixel++) {
    const r = data[pixel * 3]! - red;
    const g = data[pixel * 3 + 1]! - green;
    const b = data[pixel * 3 + 2]! - blue;
    set[pixel] = Number(r * r + g * g + b * b < tolerance ** 2);
  }
  return set;
}

export function intersection(a: PixelSet, b: PixelSet): PixelSet {
  return a.map((value, pixel) => value & b[pixel]!);
}

export function union(a: PixelSet, b: PixelSet): PixelSet {
  return a.map((value, pixel) => value | b[pixel]!);
}

export function countPixels(set: PixelSet): number {
  return set.reduce((sum, value) => sum + value, 0);
}

/** The largest group of pixels that touch by their sides; of two equally large, the one that starts higher up. */
export function largestGroup(set: PixelSet): PixelSet {
  const left = set.slice();
  let best: readonly number[] = [];
  for (let start = 0; start < left.length; start++) {
    if (left[start] === 0) continue;
    const group = takeGroup(left, start);
    if (group.length > best.length) best = group;
  }
  const out = new Uint8Array(set.length);
  for (const pixel of best) out[pixel] = 1;
  return out;
}

/** Takes the group that holds `start` out of `left`. */
function takeGroup(left: PixelSet, start: number): readonly number[] {
  const group = [start];
  left[start] = 0;
  for (const pixel of group) {
    for (const neighbour of neighbours(pixel)) {
      if (left[neighbour] !== 1) continue;
      left[neighbour] = 0;
      group.push(neighbour);
    }
  }
  return group;
}

function neighbours(pixel: number): readonly number[] {
  const column = pixel % SIZE;
  const beside = [...(column > 0 ? [pixel - 1] : []), ...(column < SIZE - 1 ? [pixel + 1] : [])];
  return [pixel - SIZE, ...beside, pixel + SIZE];
}

export interface Moments {
  readonly area: number;
  /** Centroid. */
  readonly x: number;
  readonly y: number;
}

/** Area and centroid; the centroid of an empty set is NaN. */
export function momentsOf(set: PixelSet): Moments {
  let [area, x, y] = [0, 0, 0];
  for (const [pixel, value] of set.entries()) {
    area += value;
    x += value * (pixel % SIZE);
    y += value * Math.floor(pixel / SIZE);
  }
  return { area, x: x / area + 0.5, y: y / area + 0.5 };
}

/** The pixels of a shape, without those that its hat hides. */
export function silhouette(shape: Shape, hatted: boolean, { x, y, r }: Place): PixelSet {
  return pixelsWhere((column, row) => {
    const [u, v] = [(column - x) / r, (row - y) / r];
    return DISTANCES[shape](u, v) < 0 && !(hatted && hat(u, v + HAT_LINE[shape]) < 0);
  });
}

/** The pixels at most `margin` pixels from a shape and from its hat. */
export function reachOf(shape: Shape, hatted: boolean, { x, y, r }: Place, margin: number): PixelSet {
  return pixelsWhere((column, row) => {
    const [u, v] = [(column - x) / r, (row - y) / r];
    const distance = DISTANCES[shape](u, v);
    return r * (hatted ? Math.min(distance, hat(u, v + HAT_LINE[shape])) : distance) <= margin;
  });
}
