import { expect, test } from 'vitest';
import { TorchCudaGenerator } from '../../src/random/index.ts';
import { philox4x32 } from '../../src/random/philox.ts';

// The known answers published with Random123 (kat_vectors, philox4x32 10).
test.each([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const)('Philox4x32-10 of counter %j, key %j', (counter, [low, high], expected) => {
  const words = Uint32Array.from(counter);
  philox4x32(words, low, high);
  expect([...words]).toEqual(expected);
});

const LATENT = 4 * 64 * 64;

// Drawn by torch on a CUDA device: an attempt is one timestep, then noise for one latent.
test.each([
  [0, [233, 502, 215, 688, 643, 398, 700, 855, 275, 328]],
  [1, [90, 141, 357, 119, 622, 856]],
  [42, [305, 936, 770, 281, 212, 119]],
])('seed %i draws the timesteps of torch', (seed, timesteps) => {
  const generator = new TorchCudaGenerator(seed);
  const drawn = timesteps.map(() => {
    const t = generator.randint(50, 949);
    generator.randn(LATENT);
    return t;
  });
  expect(drawn).toEqual(timesteps);
});

function expectClose(values: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  const errors = expected.map((value, i) => Math.abs(values[i]! - value));
  expect(Math.max(...errors)).toBeLessThan(tolerance);
}

test('the noise after the first timestep of seed 0', () => {
  const generator = new TorchCudaGenerator(0);
  generator.randint(50, 949);
  expectClose(generator.randn(LATENT), [0.180826, -0.552263, 0.923813, -0.73497], 2e-6);
});

// Printed by public programs that call torch.manual_seed(42) and torch.randn(.., device='cuda').
test('the first normals of seed 42, to the digits torch prints', () => {
  const generator = new TorchCudaGenerator(42);
  const first = [0.194, 2.1614, -0.1721, 0.8491, -1.9244, 0.653, -0.6494, -0.8175, 0.528, -1.2753];
  expectClose(generator.randn(19), first, 6e-5);
  expectClose(generator.randn(4), [0.1391, -0.1082, -0.7174, 0.7566], 6e-5);
  expectClose(generator.randn(4), [-0.5187, 1.2268, 0.6255, -0.9117], 6e-5);
});

test('a large tensor of seed 42, to the digits torch prints', () => {
  const values = new TorchCudaGenerator(42).randn(1823 * 781);
  const row = (i: number) => [
    ...values.subarray(i * 781, i * 781 + 3),
    ...values.subarray(i * 781 + 778, (i + 1) * 781),
  ];
  expectClose(row(1), [-0.1797, 0.9744, -2.0136, 0.0543, 0.2508, -0.237], 6e-5);
  expectClose(row(9), [-0.2987, 0.1946, 1.164, -0.2081, -1.0439, 0.7082], 6e-5);
});

const ONE_BLOCK = { multiProcessorCount: 1, maxThreadsPerMultiProcessor: 256 };

test('a thread that draws several elements spreads its four words over the tensor', () => {
  const integers = new TorchCudaGenerator(5n, ONE_BLOCK).randintArray(0, 2 ** 20, 2 * 1024);
  for (const round of [0, 1]) {
    const words = Uint32Array.of(round, 0, 17, 0);
    philox4x32(words, 5, 0);
    const drawn = [0, 1, 2, 3].map((word) => integers[round * 1024 + word * 256 + 17]);
    expect(drawn).toEqual([...words].map((word) => word % 2 ** 20));
  }
});

test('normals are the Box-Muller pairs of the uniforms', () => {
  const uniforms = new TorchCudaGenerator(6, ONE_BLOCK).rand(1024);
  const normals = new TorchCudaGenerator(6, ONE_BLOCK).randn(1024);
  for (let thread = 0; thread < 256; thread++) {
    for (const pair of [0, 512]) {
      const [u, v] = [uniforms[pair + thread]!, uniforms[pair + 256 + thread]!];
      const radius = Math.sqrt(-2 * Math.log(u));
      expect(normals[pair + thread]).toBeCloseTo(radius * Math.sin(2 * Math.PI * v), 5);
      expect(normals[pair + 256 + thread]).toBeCloseTo(radius * Math.cos(2 * Math.PI * v), 5);
    }
  }
});

test('a call advances the offset by its rounds, not by its elements', () => {
  const after = (n: number) => {
    const generator = new TorchCudaGenerator(3, ONE_BLOCK);
    generator.rand(n);
    return generator.randint(0, 2 ** 27);
  };
  const next = (advance: number) => {
    const words = Uint32Array.of(advance, 0, 0, 0);
    philox4x32(words, 3, 0);
    return words[0]! % 2 ** 27;
  };
  expect([0, 1, 256, 1024, 1025, 2048, 2049].map(after)).toEqual([0, 1, 1, 1, 2, 2, 3].map(next));
});

test('both words of the seed are the key', () => {
  const seed = 0x123456789abcdef0n;
  const words = new Uint32Array(4);
  philox4x32(words, 0x9abcdef0, 0x12345678);
  expect(new TorchCudaGenerator(seed).randint(0, 2 ** 27)).toBe(words[0]! % 2 ** 27);
  expect(new TorchCudaGenerator(-1).initialSeed).toBe(2n ** 64n - 1n);
  expect(new TorchCudaGenerator(2n ** 32n).randint(0, 2 ** 27)).not.toBe(
    new TorchCudaGenerator(0).randint(0, 2 ** 27),
  );
});

test('uniforms lie in [0, 1) and manualSeed starts over', () => {
  const generator = new TorchCudaGenerator(9);
  const values = generator.rand(300_000);
  expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length - 0.5)).toBeLessThan(0.003);
  expect(generator.manualSeed(9).rand(300_000)).toEqual(values);
});

test('refuses what it cannot draw', () => {
  const generator = new TorchCudaGenerator(0);
  expect(() => generator.randint(0, 2 ** 28)).toThrow('ranges below 2^28');
  expect(() => generator.randint(5, 5)).toThrow('not a non-empty range');
  expect(() => generator.randn(-1)).toThrow('not a number of elements');
  expect(() => new TorchCudaGenerator(0, { multiProcessorCount: 0 })).toThrow('hold no block');
});
