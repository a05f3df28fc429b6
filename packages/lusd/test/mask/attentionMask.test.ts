import { scope, softmax, type Tensor, tensor } from '@lusd/tensor';
import { describe, expect, test } from 'vitest';
import { attentionMask, MaskAverage, narrowedMask, refinedAttention } from '../../src/index.ts';
import '../support/device.ts';

const SIZE = [8, 12] as const;
const wave = (count: number) => Float32Array.from({ length: count }, (_, i) => 3 * Math.sin(2.3 * i) ** 3);

/** The elements of what `compute` gives; nothing that it makes stays on the device. */
async function valuesOf(compute: () => Tensor): Promise<Float32Array> {
  using result = scope(compute);
  return await result.data('f32');
}

/** Random-looking maps whose rows sum to 1. */
function maps(): { cross: Tensor; self: Tensor } {
  const cross = softmax(tensor(wave(2 * 3 * 7), { shape: [1, 2, 3, 7] }), 3);
  const self = softmax(tensor(wave(24 * 24), { shape: [24, 24] }), 1);
  return { cross, self };
}

describe('the mask', () => {
  test('lies in [0, 1] and reaches both ends', async () => {
    const values = await valuesOf(() => attentionMask(maps(), [2, 4], SIZE));
    expect(values).toHaveLength(8 * 12);
    expect(Math.min(...values)).toBe(0);
    expect(Math.max(...values)).toBe(1);
  });

  test('refinement is a mean: it stays within the range of the map it refines', async () => {
    const identity = Float32Array.from({ length: 24 * 24 }, (_, i) => (i % 25 === 0 ? 1 : 0));
    const plain = () => ({ ...maps(), self: tensor(identity, { shape: [24, 24] }) });
    const before = await valuesOf(() => refinedAttention(plain(), [1], SIZE));
    const after = await valuesOf(() => refinedAttention(maps(), [1], SIZE));
    expect(Math.min(...after)).toBeGreaterThanOrEqual(Math.min(...before) - 1e-6);
    expect(Math.max(...after)).toBeLessThanOrEqual(Math.max(...before) + 1e-6);
  });

  test('a flat map masks nothing', async () => {
    const flat = () => ({
      cross: tensor(new Float32Array(42).fill(0.5), { shape: [1, 2, 3, 7] }),
      self: tensor(new Float32Array(576).fill(1 / 32), { shape: [24, 24] }),
    });
    const values = await valuesOf(() => attentionMask(flat(), [3], SIZE));
    expect(Array.from(values)).toEqual(Array(96).fill(1));
  });

  test('several tokens count with their mean', async () => {
    const refined = (tokens: number[]) => valuesOf(() => refinedAttention(maps(), tokens, SIZE));
    const [one, two, both] = [await refined([1]), await refined([2]), await refined([1, 2])];
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
  const narrowed = async (share: number) => Array.from(await valuesOf(() => narrowedMask(mask, share)));
  expect(await narrowed(0)).toEqual([1, 1, 1]);
  expect(await narrowed(0.5)).toEqual([0.5, 0.75, 1]);
  expect(await narrowed(1)).toEqual([0, 0.5, 1]);
});
