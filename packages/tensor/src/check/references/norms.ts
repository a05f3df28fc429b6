import { type HostTensor, hostTensor } from '../host.ts';

/** x [N, .., C] with each sample's groups of channels at mean 0 and variance 1, times `weight` plus `bias`. */
export function groupNormOf(x: HostTensor, groups: number, weight: HostTensor, bias: HostTensor): HostTensor {
  const channels = x.shape.at(-1)!;
  const sample = x.values.length / x.shape[0]!;
  const groupOf = (i: number) =>
    Math.floor(i / sample) * groups + Math.floor(((i % channels) * groups) / channels);
  return normalized(x, groupOf, x.shape[0]! * groups, weight, bias);
}

/** Each row of x [.., C] at mean 0 and variance 1, times `weight` plus `bias`. */
export function layerNormOf(x: HostTensor, weight: HostTensor, bias: HostTensor): HostTensor {
  const channels = x.shape.at(-1)!;
  return normalized(x, (i) => Math.floor(i / channels), x.values.length / channels, weight, bias);
}

const EPS = 1e-5;

function normalized(
  x: HostTensor,
  groupOf: (i: number) => number,
  groups: number,
  weight: HostTensor,
  bias: HostTensor,
): HostTensor {
  const size = x.values.length / groups;
  const mean = new Float64Array(groups);
  const variance = new Float64Array(groups);
  for (const [i, value] of x.values.entries()) mean[groupOf(i)]! += value / size;
  for (const [i, value] of x.values.entries())
    variance[groupOf(i)]! += (value - mean[groupOf(i)]!) ** 2 / size;
  const channels = x.shape.at(-1)!;
  return hostTensor(x.shape, (i) => {
    const group = groupOf(i);
    const unit = (x.values[i]! - mean[group]!) / Math.sqrt(variance[group]! + EPS);
    return unit * weight.values[i % channels]! + bias.values[i % channels]!;
  });
}

/** Each row of x [.., C] as probabilities. */
export function softmaxOf(x: HostTensor): HostTensor {
  const length = x.shape.at(-1)!;
  const result = hostTensor(x.shape, (i) => x.values[i]!);
  for (let start = 0; start < result.values.length; start += length) {
    const row = result.values.subarray(start, start + length);
    const largest = row.reduce((a, b) => Math.max(a, b));
    for (let i = 0; i < length; i++) row[i] = Math.exp(row[i]! - largest);
    const sum = row.reduce((a, b) => a + b);
    for (let i = 0; i < length; i++) row[i]! /= sum;
  }
  return result;
}
