import type { Mask } from '@lusd/sd-models';

/** Passes of a mean after which it is close to a Gaussian. */
const PASSES = 3;

/** A mask with soft edges: a mean over squares of `width` pixels, three times, with the edge repeated outside. */
export function feathered(mask: Mask, width: number): Mask {
  const radius = Math.round(width / 2);
  if (radius < 1) return mask;
  let soft = mask;
  for (let pass = 0; pass < PASSES; pass++)
    soft = turned(meanOfRows(turned(meanOfRows(soft, radius)), radius));
  return soft;
}

/** Each pixel becomes the mean of the 2 radius + 1 pixels around it in its row. */
function meanOfRows({ width, height, data }: Mask, radius: number): Mask {
  const out = new Uint8Array(data.length);
  const count = 2 * radius + 1;
  for (let y = 0; y < height; y++) {
    const at = (x: number) => data[y * width + Math.min(Math.max(x, 0), width - 1)]!;
    let sum = 0;
    for (let x = -radius; x <= radius; x++) sum += at(x);
    for (let x = 0; x < width; x++) {
      out[y * width + x] = Math.round(sum / count);
      sum += at(x + radius + 1) - at(x - radius);
    }
  }
  return { width, height, data: out };
}

/** Rows as columns. */
function turned({ width, height, data }: Mask): Mask {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x]!;
  return { width: height, height: width, data: out };
}
