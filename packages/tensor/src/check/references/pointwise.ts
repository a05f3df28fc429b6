import { type HostTensor, hostTensor } from '../host.ts';

/** `f` of every element. */
export function mapOf(x: HostTensor, f: (value: number) => number): HostTensor {
  return hostTensor(x.shape, (i) => f(x.values[i]!));
}

export function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

export function gelu(x: number): number {
  return (x / 2) * (1 + erf(x / Math.SQRT2));
}

/** By its series (Abramowitz and Stegun, 7.1.5), which is good to 1e-10 for the few units that are asked for. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** x [.., 2D]: the first half of each row times gelu of the second. */
export function gegluOf(x: HostTensor): HostTensor {
  const half = x.shape.at(-1)! / 2;
  return hostTensor([...x.shape.slice(0, -1), half], (i) => {
    const at = Math.floor(i / half) * 2 * half + (i % half);
    return x.values[at]! * gelu(x.values[at + half]!);
  });
}
