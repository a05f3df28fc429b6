import type { HostTensor } from '../host.ts';

/** In double the error of central differences is then some 1e-9 of the values. */
const STEP = 1e-4;

/**
 * Gradients of sum(forward(inputs) * upstream) with respect to every input, by central differences: nothing is derived
 * that could be derived wrongly in both places.
 */
export function gradientsOf(
  forward: (...inputs: HostTensor[]) => HostTensor,
  inputs: readonly HostTensor[],
  upstream: HostTensor,
): HostTensor[] {
  const loss = (changed: HostTensor[]) =>
    forward(...changed).values.reduce((sum, value, i) => sum + value * upstream.values[i]!, 0);
  return inputs.map((input, which) => {
    const values = input.values.slice();
    const changed = inputs.map((other, i) => (i === which ? { shape: input.shape, values } : other));
    const slopes = input.values.map((value, i) => {
      values[i] = value + STEP;
      const above = loss(changed);
      values[i] = value - STEP;
      const below = loss(changed);
      values[i] = value;
      return (above - below) / (2 * STEP);
    });
    return { shape: input.shape, values: slopes };
  });
}
