import { isThorough } from '@lusd/testing/thorough';
import { expect, test } from 'vitest';
import { capture, empty, keep, randn, scope } from '../../src/index.ts';
import { run } from '../../src/kernels/run.ts';
import { TORCH_NORMAL } from '../../src/kernels/torchNormal.ts';
import { defineKernel } from '../../src/kernels/wgsl.ts';
import { TorchCudaGenerator } from '../../src/random/index.ts';
import { device } from '../support/device.ts';

const ONE_BLOCK = { multiProcessorCount: 1, maxThreadsPerMultiProcessor: 256 };

/** Numbers that differ, in any bit. */
function countDifferences(actual: Float32Array, expected: Float32Array): number {
  const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);
  const [a, b] = [bitsOf(actual), bitsOf(expected)];
  return a.reduce((count, bits, i) => count + Number(bits !== b[i]), Math.abs(a.length - b.length));
}

test.each([
  [0n, 4 * 64 * 64, {}],
  [42n, 19, {}],
  [0x123456789abcdef0n, 1823 * 781, {}],
  // Several words a thread, and several rounds, the last one partly.
  [7n, 5 * 1024 + 600, ONE_BLOCK],
])('a GPU draws the normals of seed %i bit by bit, %i at a time', async (seed, n, options) => {
  using _ = device.tuning.override({ facts: { software: false } });
  const [host, generator] = [new TorchCudaGenerator(seed, options), new TorchCudaGenerator(seed, options)];
  for (let draw = 0; draw < 3; draw++) {
    expect(generator.randint(50, 949)).toBe(host.randint(50, 949));
    using noise = randn([n], { generator });
    expect(countDifferences(await noise.data('f32'), host.randn(n))).toBe(0);
  }
});

test('a software adapter gets the normals that the host draws', async () => {
  const [host, generator] = [new TorchCudaGenerator(3n), new TorchCudaGenerator(3n)];
  using noise = randn([4, 5], { generator });
  expect(await noise.data('f32')).toEqual(host.randn(20));
});

test.each([true, false])(
  'normals of f16 are those of f32, rounded; on a software adapter: %s',
  async (software) => {
    using _ = device.tuning.override({ facts: { software } });
    const of = (dtype: 'f32' | 'f16') =>
      keep(scope(() => randn([3, 5], { generator: new TorchCudaGenerator(1), dtype }).cast('f16')));
    using halves = of('f16');
    using rounded = of('f32');
    expect(await halves.data()).toEqual(await rounded.data());
    expect(halves.shape).toEqual([3, 5]);
  },
);

test('a captured step refuses to draw numbers that it would repeat', () => {
  const generator = new TorchCudaGenerator(1);
  expect(() => capture(() => randn([4], { generator }))).toThrow('would repeat them');
});

const COUNT = 1 << 20;

/** -log of the uniform that `COUNT` words make, 0 at 1, and sine and cosine of the angle. */
const partsKernel = defineKernel({
  name: 'torchNormalParts',
  bindings: [{ name: 'y', dtype: 'u32', width: 1, access: 'write' }],
  params: { first: 'u32', step: 'u32' },
  workgroup: [64, 1, 1],
  declarations: TORCH_NORMAL,
  main: `
  let i = group_index * 64u + lane;
  let word = params.first + i * params.step;
  let uniform_bits = wide_round(odd_of(word), 24u);
  if (uniform_bits.y == 2u) { store_y(3u * i, 0u); }
  else { store_y(3u * i, bits_of(rounded(minus_log(uniform_bits)))); }
  for (var k = 0u; k < 2u; k++) {
    let sine = sine_of(angle_of(word), k == 1u);
    store_y(3u * i + 1u + k, select(0u, 0x80000000u, sine.negative) | bits_of(rounded(sine.size)));
  }`,
});

/** `COUNT` words from `first` on. */
type Words = readonly [first: number, step: number];

const { fround } = Math;
const STEP = 2 ** -32;
const ANGLE_STEP = fround(STEP * fround(2 * Math.PI));

/** Words for which the device differs from the host's logarithm, sine and cosine. */
async function differences([first, step]: Words): Promise<number[]> {
  using y = empty([3 * COUNT], { dtype: 'u32' });
  run(partsKernel, [y], { params: { first, step }, workgroups: COUNT / 64 });
  const bits = await y.data('u32');
  const parts = new Float32Array(bits.buffer, bits.byteOffset, bits.length);
  const words = Array.from({ length: COUNT }, (_, i) => first + i * step);
  return words.filter((word, i) => {
    const w = fround(word);
    const angle = fround(w * ANGLE_STEP + ANGLE_STEP / 2);
    const expected = [-Math.log(fround(w * STEP + STEP / 2)), Math.sin(angle), Math.cos(angle)];
    return expected.some((value, part) => fround(value) !== parts[3 * i + part]);
  });
}

/** Around powers of 2 and quarter turns, and spread over all words; one logarithm is halfway between two f32 as a double. */
const SOME: readonly Words[] = [
  [0, 1],
  [2 ** 30 - COUNT / 2, 1],
  [2 ** 32 - COUNT, 1],
  [0, 4096],
  [50656488 - COUNT, 2],
];

/** Every word that is an f32: all below 2^24, and then 2^23 of each power of 2. The others are rounded to these. */
const EVERY: readonly Words[] = [
  ...Array.from({ length: 16 }, (_, k): Words => [k * COUNT, 1]),
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) =>
    Array.from({ length: 8 }, (_, k): Words => [2 ** (23 + power) + k * COUNT * 2 ** power, 2 ** power]),
  ),
];

// SwiftShader takes 3 s for a range.
const ranges = isThorough && process.env.LUSD_ADAPTER !== 'swiftshader' ? [...SOME, ...EVERY] : SOME;

test("logarithm, sine and cosine are the host's for every word", { timeout: 300_000 }, async () => {
  for (const words of ranges) expect(await differences(words)).toEqual([]);
});
