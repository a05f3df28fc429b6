import { expect, test } from 'vitest';
import { capture, requireGrad, scope, type Tensor, TensorError, tensor } from '../src/index.ts';
import { device } from './support/device.ts';

/** 200 small operations on `x`. */
function step(x: Tensor): Tensor {
  return scope(() => {
    let y = x;
    for (let i = 0; i < 100; i++) y = y.mul(0.99).add(x);
    return y;
  });
}

test('a replay equals the eager step bit for bit, on new inputs too', async () => {
  using x = tensor(Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i)));
  using captured = capture(() => step(x));
  expect(captured.launches).toBe(200);
  for (const seed of [1, 2, 3]) {
    x.copyFrom(Float32Array.from({ length: 1000 }, (_, i) => Math.cos(i * seed)));
    captured.replay();
    using eager = step(x);
    expect(await captured.result.data()).toEqual(await eager.data());
  }
});

test('a captured backward writes the gradients of the new inputs', async () => {
  using x = tensor([1, 2, 3]);
  using weight = requireGrad(tensor([2, 2, 2]));
  using gradient = tensor([1, 1, 1]);
  using captured = capture(() => x.mul(weight).mul(weight).backward({ gradient }));
  x.copyFrom([3, 4, 5]);
  captured.replay();
  expect(Array.from(await weight.grad!.data())).toEqual([12, 16, 20]);
});

test('host data cannot enter or leave a captured step', async () => {
  using x = tensor([1]);
  expect(() => capture(() => x.add(tensor([1])))).toThrow(TensorError);
  expect(() => capture(() => capture(() => x.add(1)))).toThrow('cannot be nested');
  expect(await x.item()).toBe(1);
});

test('a disposed capture refuses to replay and frees its memory', () => {
  using x = tensor([1]);
  const captured = capture(() => x.add(1));
  captured.dispose();
  expect(() => captured.replay()).toThrow('disposed');
  expect(device.memory().liveBuffers).toBe(1);
});
