import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TorchCpuGenerator } from '../../src/random/index.ts';

interface Draw {
  readonly op: 'rand' | 'randn' | 'randint' | 'randperm';
  readonly args: readonly (number | readonly number[])[];
  readonly values: readonly number[];
  /** Which elements `values` holds, if not all. */
  readonly indices?: readonly number[];
}

interface Case {
  readonly seed: string;
  readonly initialSeed: string;
  readonly draws: readonly Draw[];
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('../golden/torch_random.json', import.meta.url), 'utf8'),
);

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function repeat(generator: TorchCpuGenerator, { op, args, values }: Draw): ArrayLike<number> {
  if (op === 'rand' || op === 'randn') return generator[op](product(args[0] as readonly number[]));
  if (op === 'randperm') return generator.randperm(args[0] as number);
  const [low, high] = args as [number, number];
  return values.map(() => generator.randint(low, high));
}

function check(draw: Draw, drawn: ArrayLike<number>): void {
  const indices = draw.indices ?? draw.values.map((_, i) => i);
  const picked = indices.map((i) => drawn[i]!);
  if (draw.op !== 'randn') {
    expect(picked).toEqual(draw.values);
    return;
  }
  const errors = picked.map((value, i) => Math.abs(value - draw.values[i]!));
  expect(Math.max(0, ...errors)).toBeLessThan(5e-7);
}

describe.each(cases)('seed $seed', ({ seed, initialSeed, draws }) => {
  test(`repeats torch: ${draws.map(({ op, args }) => `${op}(${args.join(', ')})`).join(', ')}`, () => {
    const generator = new TorchCpuGenerator(BigInt(seed));
    expect(generator.initialSeed).toBe(BigInt(initialSeed));
    for (const draw of draws) check(draw, repeat(generator, draw));
  });

  test('starts over', () => {
    const generator = new TorchCpuGenerator(99);
    generator.randn(3); // leaves a normal behind
    generator.manualSeed(BigInt(seed));
    for (const draw of draws) check(draw, repeat(generator, draw));
  });
});

test('randintArray draws what as many calls of randint draw', () => {
  const one = new TorchCpuGenerator(8);
  const many = new TorchCpuGenerator(8);
  const singles = Array.from({ length: 50 }, () => one.randint(-20, 1000));
  expect([...many.randintArray(-20, 1000, 50)]).toEqual(singles);
  expect(many.randint(0, 100)).toBe(one.randint(0, 100));
});

test('a million normals have the moments of the standard normal', () => {
  const values = new TorchCpuGenerator(17).randn(1_000_000);
  const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
  // Five standard errors of each estimate.
  expect(Math.abs(moment(1))).toBeLessThan(0.005);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.0075);
  expect(Math.abs(moment(3))).toBeLessThan(0.02);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.05);
});

test('refuses what is not a seed, a count or a range', () => {
  const generator = new TorchCpuGenerator(0);
  for (const seed of [0.5, 2 ** 53, Number.NaN, 2n ** 64n, -(2n ** 63n) - 1n]) {
    expect(() => new TorchCpuGenerator(seed)).toThrow('manualSeed');
  }
  for (const count of [-1, 1.5, Number.NaN]) {
    expect(() => generator.randn(count)).toThrow('not a number of elements');
    expect(() => generator.rand(count)).toThrow('not a number of elements');
  }
  expect(() => generator.randint(3, 3)).toThrow('not a non-empty range');
  expect(() => generator.randint(-(2 ** 53) + 1, 2 ** 53 - 1)).toThrow('not a non-empty range');
  expect(() => generator.randintArray(0, 2 ** 32, 1)).toThrow('exceeds 32 bits');
});
