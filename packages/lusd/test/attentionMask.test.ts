import { softmax, type Tensor, tensor } from '@lusd/tensor';
import { describe, expect, test } from 'vitest';
import { attentionMask, MaskAverage, narrowedMask, refinedAttention } from '../src/index.ts';
import './support/device.ts';

const SIZE = [8, 12] as const;
const wave = (count: number) => Float32Array.from({ length: count }, (_, i) => 3 * Math.sin(2.3 * i) ** 3);

/** Random-looking maps whose rows sum to 1. */
function maps(): { cross: Tensor; self: Tensor } {
  const cross = softmax(tensor(wave(2 * 3 * 7), { shape: [1, 2, 3, 7] }), 3);
  const self = softmax(tensor(wave(24 * 24), { shape: [24, 24] }), 1);
  return { cross, self };
}

describe('the mask', () => {
  test('lies in [0, 1] and reaches both ends', async () => {
    const values = await attentionMask(maps(), [2, 4], SIZE).data();
    expect(values).toHaveLength(8 * 12);
    expect(Math.min(...values)).toBe(0);
    expect(Math.max(...values)).toBe(1);
  });

  test('refinement is a mean: it stays within the range of the map it refines', async () => {
    const { cross, self } = maps();
    const identity = Float32Array.from({ length: 24 * 24 }, (_, i) => (i % 25 === 0 ? 1 : 0));
    const plain = { cross, self: tensor(identity, { shape: [24, 24] }) };
    const before = await refinedAttention(plain, [1], SIZE).data();
    const after = await refinedAttention({ cross, self }, [1], SIZE).data();
    expect(Math.min(...after)).toBeGreaterThanOrEqual(Math.min(...before) - 1e-6);
    expect(Math.max(...after)).toBeLessThanOrEqual(Math.max(...before) + 1e-6);
  });

  test('a flat map masks nothing', async () => {
    const flat = {
      cross: tensor(new Float32Array(42).fill(0.5), { shape: [1, 2, 3, 7] }),
      self: maps().self,
    };
    const uniform = { ...flat, self: tensor(new Float32Array(576).fill(1 / 32), { shape: [24, 24] }) };
    expect(Array.from(await attentionMask(uniform, [3], SIZE).data())).toEqual(Array(96).fill(1));
  });

  test('several tokens count with their mean', async () => {
    const { cross, self } = maps();
    const one = await refinedAttention({ cross, self }, [1], SIZE).data();
    const two = await refinedAttention({ cross, self }, [2], SIZE).data();
    const both = await refinedAttention({ cross, self }, [1, 2], SIZE).data();
    for (const [i, value] of both.entries()) expect(value).toBeCloseTo((one[i]! + two[i]!) / 2, 5);
  });
});

test('the average is the first mask, then moves by the momentum', async () => {
  const average = new MaskAverage(0.1);
  const masks = [0.2, 1, 0, 0.5];
  let expected = masks[0]!;
  for (const [i, value] of masks.entries()) {
    if (i > 0) expected = 0.9 * expected + 0.1 * value;
    using mask = tensor([value], { shape: [1, 1, 1, 1] });
    expect((await average.update(mask).data())[0]).toBeCloseTo(expected, 6);
  }
  average.dispose();
});

test('narrowing goes from 1 everywhere to the mask', async () => {
  using mask = tensor([0, 0.5, 1], { shape: [1, 1, 3, 1] });
  expect(Array.from(await narrowedMask(mask, 0).data())).toEqual([1, 1, 1]);
  expect(Array.from(await narrowedMask(mask, 0.5).data())).toEqual([0.5, 0.75, 1]);
  expect(Array.from(await narrowedMask(mask, 1).data())).toEqual([0, 0.5, 1]);
});
