const SAMPLES = 4096;
/** Loosest relative error at which a result counts as right; packed f16 stays within a tenth of it. */
const TOLERANCE = 1e-2;

/** A prime larger than any result: its multiples fall into every row, column and head alike. */
const STRIDE = 2654435761;

/** Elements of a result spread over all of it. */
export function sampleOf(result: Float32Array): Float32Array {
  const count = Math.min(SAMPLES, result.length);
  return Float32Array.from({ length: count }, (_, i) => result[(i * STRIDE) % result.length]!);
}

/** Why `sample` is not the same result as `expected`, or null if it is. */
export function disagreement(sample: Float32Array, expected: Float32Array): string | null {
  if (sample.length !== expected.length) {
    return `wrong result: ${sample.length} sampled elements where ours has ${expected.length}`;
  }
  const difference = Math.hypot(...sample.map((value, i) => value - expected[i]!));
  const relative = difference / Math.hypot(...expected);
  return relative <= TOLERANCE
    ? null
    : `wrong result: differs from ours by ${relative.toPrecision(2)} of its norm`;
}
