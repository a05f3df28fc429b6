export interface AllCloseOptions {
  /** Largest error allowed, relative to the expected element. Default 1e-5. */
  rtol?: number;
  /** Largest error allowed to any element. Default: `rtol` times the largest finite expected magnitude. */
  atol?: number;
  /** What is compared, for the message. */
  label?: string;
}

/**
 * Asserts that |actual - expected| <= max(atol, rtol |expected|) for every element: by default relative to the
 * scale of the whole array, with `atol: 0` element by element. A NaN or an infinity is matched only by the same.
 *
 * @throws Error with the first and the worst element that differ, and how many do
 */
export function expectAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 1e-5, atol = rtol * largestMagnitude(expected), label = 'values' }: AllCloseOptions = {},
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${label}: ${actual.length} elements, expected ${expected.length}`);
  }
  let count = 0;
  let first = -1;
  let worst = -1;
  let worstExcess = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = errorOf(actual[i]!, expected[i]!);
    if (error === 0) continue;
    // An infinite error has no bound: the bound of an infinite or NaN element would not be a number.
    const excess =
      error === Number.POSITIVE_INFINITY ? error : error / Math.max(atol, rtol * Math.abs(expected[i]!));
    if (excess <= 1) continue;
    count++;
    if (first < 0) first = i;
    if (excess > worstExcess) [worst, worstExcess] = [i, excess];
  }
  if (count === 0) return;
  const describe = (i: number) => `[${i}] is ${actual[i]}, expected ${expected[i]}`;
  const more = worst === first ? '' : `; the worst, ${describe(worst)}`;
  throw new Error(
    `${label}: ${count} of ${expected.length} differ by more than rtol ${rtol}, atol ${atol}: ${describe(first)}${more}` +
      ` (error ${errorOf(actual[worst]!, expected[worst]!)})`,
  );
}

/** 0 for the same value, NaN and infinities included; otherwise the distance, infinite if either is not finite. */
function errorOf(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const distance = Math.abs(actual - expected);
  return Number.isFinite(distance) ? distance : Number.POSITIVE_INFINITY;
}

/** The largest finite magnitude among `values`. */
export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (Number.isFinite(magnitude)) largest = Math.max(largest, magnitude);
  }
  return largest;
}
