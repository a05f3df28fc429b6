import type { Image } from '@lusd/sd-models';
import type { ShapesEdit } from './edits.ts';
import { judge, type Verdict } from './judge.ts';
import { type PixelSet, reachOf, union } from './pixels.ts';
import { SIZE } from './world.ts';

/** The assessment of an edit of a drawn picture. */
export interface EditAssessment {
  /** Every thing asked for is there, in its colour and shape and with its hat. */
  readonly success: boolean;
  /** One per requested thing. */
  readonly verdicts: readonly Verdict[];
  /** Mean absolute difference of the background, as a share of the range. */
  readonly background: number;
}

/** A cell of the self-attention that the mask is refined by; nearer to a thing than this is not background. */
const MARGIN = 8;

/**
 * Looks for what was requested, and measures how far the background moved. Background is every pixel more than 8
 * pixels from the things drawn in the source and from the things (with their hats) found right in the result; a
 * requested thing that is not right excludes nothing.
 * @param before,after 128 x 128
 */
export function assessEdit({ picture, wanted }: ShapesEdit, before: Image, after: Image): EditAssessment {
  const verdicts = wanted.map((thing) => judge(after, thing));
  const drawn = picture.things.map((thing) => reachOf(thing.shape, thing.hat !== undefined, thing, MARGIN));
  const found = verdicts.flatMap(({ right, place }, i) => {
    const { shape, hat } = wanted[i]!;
    return right && place ? [reachOf(shape, hat !== undefined, place, MARGIN)] : [];
  });
  const background = meanDifference(before, after, [...drawn, ...found].reduce(union));
  return { success: verdicts.every(({ right }) => right), verdicts, background };
}

/** Over the pixels outside `objects`, in [0, 1]. */
function meanDifference(before: Image, after: Image, objects: PixelSet): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < SIZE * SIZE * 3; i++) {
    if (objects[Math.floor(i / 3)] === 1) continue;
    sum += Math.abs(before.data[i]! - after.data[i]!);
    count++;
  }
  return sum / count / 255;
}
