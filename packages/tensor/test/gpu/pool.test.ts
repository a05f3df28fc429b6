import { expect, test, vi } from 'vitest';
import { keep, scope, type Tensor, tensor } from '../../src/index.ts';
import { device } from '../support/device.ts';

test('a step that is repeated, also in varied company, gets the same buffers again and so makes no more bind groups', async () => {
  const bias = tensor([0.5, 0.25, 0.125]);
  const step = (x: Tensor, earlier: Tensor): Tensor =>
    scope(() => {
      const parts = [1, 2, 3, 4, 5].map((factor) => x.mul(factor).add(bias).tanh());
      return parts.reduce((sum, part) => sum.add(part)).mul(earlier.sigmoid());
    });
  const createBindGroup = vi.spyOn(device.gpu, 'createBindGroup');
  let [x, earlier] = [keep(tensor([1, 2, 3])), keep(tensor([4, 5, 6]))];
  const made: number[] = [];
  for (let i = 0; i < 60; i++) {
    const before = createBindGroup.mock.calls.length;
    const next = keep(step(x, earlier));
    const dropped = Array.from({ length: i ** 2 % 5 }, () => keep(step(x, next)));
    for (const result of i % 2 === 0 ? dropped : dropped.toReversed()) result.dispose();
    earlier.dispose();
    [x, earlier] = [next, x];
    made.push(createBindGroup.mock.calls.length - before);
  }
  expect(made[0]).toBeGreaterThan(0);
  expect(made.slice(40)).toEqual(new Array(20).fill(0));
  createBindGroup.mockRestore();
  for (const held of [x, earlier, bias]) held.dispose();
});
