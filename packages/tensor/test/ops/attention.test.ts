import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import type { AttentionTile } from '../../src/gpu/attentionTuning.ts';
import {
  attentionProbabilities,
  DTypeError,
  requireGrad,
  ShapeError,
  scaledDotProductAttention,
  scope,
  sum,
  tensor,
  zeros,
} from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';

await checkGolden('attention', {
  scaledDotProductAttention: ([query, key, value, mask], args) =>
    scaledDotProductAttention(query!, key!, value!, { ...args, ...(mask ? { mask } : {}) }),
  attentionProbabilities: ([query, key, value], args) => {
    const { output, probabilities } = attentionProbabilities(query!, key!, value!, args);
    return [output, probabilities];
  },
});

const wave = (count: number, phase: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.3 + phase));

/** Tiles that no adapter of the tests would choose by itself, as on real GPUs, at sizes that divide nothing. */
const SMALL: AttentionTile[] = [
  { kind: 'shared', rows: 1, columns: 4, lanes: 32, split: 1, sum: 'memory', pin: null },
  { kind: 'shared', rows: 1, columns: 2, lanes: 32, split: 2, sum: 'memory', pin: null },
  { kind: 'shared', rows: 1, columns: 2, lanes: 32, split: 4, sum: 'shuffle', pin: null },
];
/** What SwiftShader's compiler cannot digest. */
const LARGE: AttentionTile[] = [
  { kind: 'shared', rows: 2, columns: 8, lanes: 128, split: 1, sum: 'memory', pin: null },
  { kind: 'shared', rows: 2, columns: 4, lanes: 128, split: 4, sum: 'memory', pin: null },
];
const TILES = process.env.LUSD_ADAPTER === 'swiftshader' ? SMALL : [...SMALL, ...LARGE];

test.each(TILES)(
  'tile $rows x $columns, $lanes lanes, split $split by $sum: as the explicit attention',
  async (tile) => {
    const shape = [1, 37, 2, 10];
    const run = async (attend: typeof scaledDotProductAttention) => {
      const leaves = [0, 1, 2].map((phase) => requireGrad(tensor(wave(740, phase), { shape })));
      using output = scope(() => {
        const y = attend(leaves[0]!, leaves[1]!, leaves[2]!, { causal: true });
        sum(y.mul(y)).backward({ retainGraph: true });
        return y;
      });
      const results = [await output.data()];
      for (const leaf of leaves) results.push(await leaf.grad!.data());
      for (const leaf of leaves) leaf.dispose();
      return results;
    };
    const expected = await run((...operands) => attentionProbabilities(...operands).output);
    using _ = device.tuning.override({ attentionTile: tile });
    const actual = await run(scaledDotProductAttention);
    for (const [i, values] of actual.entries())
      expectAllClose(values, expected[i]!, { rtol: 1e-4, label: `result ${i}` });
  },
);

test('a query that sees no key gives 0', async () => {
  using mask = tensor([
    [0, 0],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ]);
  using x = tensor(wave(8, 0), { shape: [1, 2, 1, 4] });
  using y = scaledDotProductAttention(x, x, x, { mask });
  expect(Array.from(await y.data()).slice(4)).toEqual([0, 0, 0, 0]);
});

test('operands that do not fit are named', () => {
  const [a, b] = [zeros([1, 2, 3, 4]), zeros([1, 2, 3, 5])];
  expect(() => scaledDotProductAttention(a, b, b)).toThrow(ShapeError);
  expect(() => scaledDotProductAttention(a, b, b)).toThrow(/query \[1, 2, 3, 4\], key \[1, 2, 3, 5\]/);
  expect(() => scaledDotProductAttention(a, a.cast('f16'), a)).toThrow(DTypeError);
  expect(() => scaledDotProductAttention(a, a, a, { mask: zeros([3, 3]) })).toThrow(/mask of shape \[3, 3\]/);
});
