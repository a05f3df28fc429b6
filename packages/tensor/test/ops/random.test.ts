import { expectAllClose } from '@lusd/testing/allClose';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  capture,
  dropout,
  manualSeed,
  ones,
  rand,
  randn,
  requireGrad,
  type Tensor,
} from '../../src/index.ts';
import { TorchCpuGenerator } from '../../src/random/index.ts';
import { philox4x32 } from '../../src/random/philox.ts';

const COUNT = 1 << 18;

beforeEach(() => manualSeed(1234));

async function numbers(x: Tensor): Promise<Float32Array> {
  const data = await x.data('f32');
  x.dispose();
  return data;
}

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const moment = (values: Float32Array, power: number) =>
  mean(Float64Array.from(values, (value) => value ** power));

function correlation(a: Float32Array, b: Float32Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (p: Float32Array, q: Float32Array, centreP: number, centreQ: number) =>
    mean(Float64Array.from(p, (value, i) => (value - centreP) * (q[i]! - centreQ)));
  return product(a, b, meanA, meanB) / Math.sqrt(product(a, a, meanA, meanA) * product(b, b, meanB, meanB));
}

/** Pearson's statistic of `values` in bins of the given probabilities, and its distance from the mean in deviations. */
function chiSquareDeviations(bins: Uint32Array, probabilities: readonly number[], count: number): number {
  const statistic = probabilities.reduce((sum, p, i) => sum + (bins[i]! - count * p) ** 2 / (count * p), 0);
  const freedom = probabilities.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

/** The words that the n-th draw from `seed` is made of, by the host's Philox. */
function philoxWords(seed: number, draw: number, count: number): Uint32Array {
  const words = new Uint32Array(count);
  for (let i = 0; i < count; i += 4) {
    const counter = Uint32Array.of(i / 4, 0, draw, 0);
    philox4x32(counter, seed, 0);
    words.set(counter.subarray(0, count - i), i);
  }
  return words;
}

describe('rand', () => {
  test('is Philox4x32-10 of element, call and seed', async () => {
    for (const draw of [0, 1]) {
      const expected = Array.from(philoxWords(1234, draw, 1001), (word) => (word >>> 8) * 2 ** -24);
      expect(Array.from(await numbers(rand([1001])))).toEqual(expected);
    }
  });

  test('is uniform on [0, 1)', async () => {
    const values = await numbers(rand([COUNT]));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const bins = new Uint32Array(256);
    for (const value of values) bins[Math.floor(value * 256)]!++;
    const deviations = chiSquareDeviations(bins, new Array<number>(256).fill(1 / 256), COUNT);
    expect(Math.abs(deviations)).toBeLessThan(4);
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(4 / Math.sqrt(12 * COUNT));
    expect(Math.abs(moment(values, 2) - 1 / 3)).toBeLessThan((4 * Math.sqrt(4 / 45)) / Math.sqrt(COUNT));
  });

  test('never rounds up to 1 in f16', async () => {
    const values = await numbers(rand([COUNT], { dtype: 'f16' }));
    expect(Math.max(...new Set(values))).toBe(1 - 2 ** -11);
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(1e-3);
  });
});

describe('randn', () => {
  test('is the Box-Muller transform of Philox words', async () => {
    const words = philoxWords(1234, 0, 64);
    const expected = Array.from(words, (_, i) => {
      const pair = i & ~1;
      const radius = Math.sqrt(-2 * Math.log((words[pair]! + 0.5) / 2 ** 32));
      const angle = 2 * Math.PI * (words[pair + 1]! / 2 ** 32) - Math.PI;
      return radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
    });
    // WGSL grants sin and cos an error of 2^-11.
    expectAllClose(await numbers(randn([64])), expected, { rtol: 1e-3, atol: 3e-3 });
  });

  test('is standard normal in its moments and its histogram', async () => {
    const values = await numbers(randn([COUNT]));
    const tolerance = 4 / Math.sqrt(COUNT);
    expect(Math.abs(mean(values))).toBeLessThan(tolerance);
    expect(Math.abs(moment(values, 2) - 1)).toBeLessThan(tolerance * Math.sqrt(2));
    expect(Math.abs(moment(values, 3))).toBeLessThan(tolerance * Math.sqrt(15));
    expect(Math.abs(moment(values, 4) - 3)).toBeLessThan(tolerance * Math.sqrt(96));

    const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    const simpson = (a: number, b: number) =>
      ((b - a) / 6) * (density(a) + 4 * density((a + b) / 2) + density(b));
    const inner = Array.from({ length: 60 }, (_, i) => simpson(-3 + i / 10, -3 + (i + 1) / 10));
    const tail = (1 - inner.reduce((sum, p) => sum + p, 0)) / 2;
    const bins = new Uint32Array(62);
    for (const value of values) bins[Math.min(61, Math.max(0, Math.floor((value + 3) * 10) + 1))]!++;
    expect(Math.abs(chiSquareDeviations(bins, [tail, ...inner, tail], COUNT))).toBeLessThan(4);
  });

  test('successive calls, neighbours and pairs are not correlated', async () => {
    const first = await numbers(randn([COUNT]));
    const second = await numbers(randn([COUNT]));
    const limit = 4 / Math.sqrt(COUNT);
    expect(Math.abs(correlation(first, second))).toBeLessThan(limit);
    for (const lag of [1, 2, 4, 64]) {
      expect(Math.abs(correlation(first.slice(lag), first.slice(0, -lag)))).toBeLessThan(limit * 1.01);
    }
    expect(Math.abs(correlation(first.map(Math.abs), second.map(Math.abs)))).toBeLessThan(limit);
  });

  test('f16 holds the same numbers, rounded', async () => {
    const single = await numbers(randn([30]));
    manualSeed(1234);
    expectAllClose(await numbers(randn([30], { dtype: 'f16' })), single, { rtol: 2 ** -11, atol: 0 });
  });
});

describe('manualSeed', () => {
  test('starts the same numbers again, and other seeds others', async () => {
    const first = await numbers(rand([10]));
    expect(await numbers(rand([10]))).not.toEqual(first);
    manualSeed(1234);
    expect(await numbers(rand([10]))).toEqual(first);
    manualSeed(1234n + 2n ** 32n);
    expect(await numbers(rand([10]))).not.toEqual(first);
  });

  test('refuses what is no 64-bit integer', () => {
    expect(() => manualSeed(0.5)).toThrow('manualSeed: 0.5 is not a safe integer');
  });
});

test('each replay of a capture draws what the next call would have drawn', async () => {
  const eager = [];
  for (let i = 0; i < 3; i++) eager.push(await numbers(randn([100])));
  manualSeed(1234);
  const step = capture(() => randn([100]));
  const replayed = [(await step.result.data()).slice()];
  for (let i = 1; i < 3; i++) {
    step.replay();
    replayed.push(await step.result.data());
  }
  expect(replayed).toEqual(eager);
  step.dispose();
});

test('a torch generator gives its own numbers in its own order', async () => {
  const generator = new TorchCpuGenerator(7);
  const own = new TorchCpuGenerator(7);
  expect(await numbers(randn([4, 5], { generator }))).toEqual(own.randn(20));
  expect(await numbers(rand([3], { generator }))).toEqual(own.rand(3));
});

test('draws are floats', () => {
  expect(() => randn([2], { dtype: 'i32' })).toThrow('randn: needs f32 or f16, got i32; cast it first');
});

describe('dropout', () => {
  test('keeps the mean, and the gradient follows the same mask', async () => {
    const x = requireGrad(ones([10000]));
    const y = dropout(x, 0.25);
    y.backward({ gradient: ones([10000]) });
    const values = await numbers(y);
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(Math.abs(mean(values) - 1)).toBeLessThan(4 * Math.sqrt(1 / 3 / 10000));
    expect(await numbers(x.grad!)).toEqual(values);
  });

  test('with p = 0 is the identity, and p must be a probability', async () => {
    expect(await numbers(dropout(ones([3]), 0))).toEqual(Float32Array.of(1, 1, 1));
    expect(() => dropout(ones([3]), 1)).toThrow('dropout: p must be in [0, 1), got 1');
  });
});
