/**
 * Simpson's composite rule over evenly spaced samples.
 *
 * @param samples an odd number of function values, at least 3
 * @param spacing distance between neighbouring samples
 * @throws RangeError for an even number of samples, where the rule does not apply
 * Source: `scipy.integrate.simpson` with `dx`.
 */
export function simpson(samples: readonly number[], spacing: number): number {
  if (samples.length < 3 || samples.length % 2 === 0) {
    throw new RangeError(
      `Simpson's rule takes an odd number of samples of at least 3, not ${samples.length}`,
    );
  }
  const last = samples.length - 1;
  const weight = (i: number): number => (i === 0 || i === last ? 1 : i % 2 === 1 ? 4 : 2);
  return (samples.reduce((sum, sample, i) => sum + weight(i) * sample, 0) * spacing) / 3;
}
