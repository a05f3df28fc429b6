import type { Image } from '@lusd/sd-models';
import { HAT_LINE, SHAPES, type Shape } from './distances.ts';
import type { WantedThing } from './edits.ts';
import {
  countPixels,
  intersection,
  largestGroup,
  type Moments,
  momentsOf,
  type PixelSet,
  type Place,
  pixelsNear,
  pixelsWhere,
  silhouette,
  union,
} from './pixels.ts';
import { COLOURS, type Colour, SIZE } from './world.ts';

// Rules and numbers are those of reference/shapes/judge.py, which gives their reasons.

const TOLERANCE = 60;
const LEAST_AREA = 150;
const LEAST_OVERLAP = 0.7;
const HAT_SHARE = 0.5;
const HAT_REACH = 0.5;
const HAT_AREA = 0.9 * 0.7 + 1.5 * 0.24 - 0.9 * 0.12;

/** What a picture shows of one requested thing. */
export interface Verdict {
  readonly colour: boolean;
  readonly shape: boolean;
  /** True where no hat was requested. */
  readonly hat: boolean;
  /** All three. */
  readonly right: boolean;
  /** The shape that fits best; null if the colour is not there. */
  readonly seen: Shape | null;
  /** Intersection over union with the shape asked for, fitted; 0 if the colour is not there. */
  readonly overlap: number;
  /** Where the fitted shape lies. */
  readonly place: Place | null;
}

/**
 * Judges by arithmetic whether a picture shows a thing: the largest connected group of its colour, of at least 150
 * pixels, must fit the shape asked for better than the other five shapes and with an overlap of 0.7; a hat must sit
 * on it.
 * @param image 128 x 128
 */
export function judge(image: Image, { shape, colour, hat }: WantedThing): Verdict {
  const pixels = largestGroup(pixelsNear(image, COLOURS[colour], TOLERANCE));
  if (countPixels(pixels) < LEAST_AREA) {
    const none = { colour: false, shape: false, right: false, seen: null, overlap: 0, place: null };
    return { ...none, hat: hat === undefined };
  }
  const fits = SHAPES.map((name) => fit(pixels, name, hat !== undefined));
  const best = fits.reduce((a, b) => (b.overlap > a.overlap ? b : a));
  const { overlap, place } = fits[SHAPES.indexOf(shape)]!;
  const shapeRight = best.shape === shape && overlap >= LEAST_OVERLAP;
  const hatRight = hat === undefined || isHatThere(image, hat, shape, place);
  const right = shapeRight && hatRight;
  return { colour: true, shape: shapeRight, hat: hatRight, right, seen: best.shape, overlap, place };
}

interface Fit {
  readonly shape: Shape;
  readonly overlap: number;
  readonly place: Place;
}

/** The shape with the area and centroid of `pixels`, and how far it overlaps them. */
function fit(pixels: PixelSet, shape: Shape, hatted: boolean): Fit {
  const { area, x, y } = momentsOf(pixels);
  const unit = UNIT_MOMENTS[hatted ? 'hatted' : 'bare'][shape];
  const r = Math.sqrt(area / unit.area);
  const place = { x: x - r * unit.x, y: y - r * unit.y, r };
  const fitted = silhouette(shape, hatted, place);
  const overlap = countPixels(intersection(fitted, pixels)) / countPixels(union(fitted, pixels));
  return { shape, overlap, place };
}

/** Area and centroid of a shape of radius 1 around the origin, measured at radius 40 as the reference does. */
function unitMoments(shape: Shape, hatted: boolean): Moments {
  const [r, centre] = [40, SIZE / 2];
  const { area, x, y } = momentsOf(silhouette(shape, hatted, { x: centre, y: centre, r }));
  return { area: area / r ** 2, x: (x - centre) / r, y: (y - centre) / r };
}

function allUnitMoments(hatted: boolean): Readonly<Record<Shape, Moments>> {
  return Object.fromEntries(SHAPES.map((shape) => [shape, unitMoments(shape, hatted)])) as Record<
    Shape,
    Moments
  >;
}

const UNIT_MOMENTS = { bare: allUnitMoments(false), hatted: allUnitMoments(true) };

function isHatThere(image: Image, colour: Colour, shape: Shape, { x, y, r }: Place): boolean {
  const around = pixelsWhere((column, row) => Math.hypot(column - x, row - y) < 2.5 * r);
  const pixels = largestGroup(intersection(pixelsNear(image, COLOURS[colour], TOLERANCE), around));
  const hat = momentsOf(pixels);
  const middle = y - (HAT_LINE[shape] + 0.25) * r;
  return (
    hat.area >= HAT_SHARE * HAT_AREA * r * r &&
    Math.abs(hat.x - x) < HAT_REACH * r &&
    Math.abs(hat.y - middle) < HAT_REACH * r
  );
}
