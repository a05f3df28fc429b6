import { expect, test } from 'vitest';
import { MAX_WINDOWS } from '../../src/gpu/params.ts';
import { capture, scope, type Tensor, tensor } from '../../src/index.ts';

/** More launches with params of their own than one buffer holds. */
const COUNT = MAX_WINDOWS + 500;
const SUM = (COUNT * (COUNT + 1)) / 2;

/** x + 1 + 2 + ... + COUNT, exact in f32. */
function addAll(x: Tensor): Tensor {
  return scope(() => {
    let y = x;
    for (let i = 1; i <= COUNT; i++) y = y.add(i);
    return y;
  });
}

test('launches keep their params when a buffer of params is full, also with params that return', async () => {
  using x = tensor([1, 2]);
  for (let run = 0; run < 2; run++) {
    using y = addAll(x);
    expect(Array.from(await y.data())).toEqual([SUM + 1, SUM + 2]);
  }
});

test('a replay has params of its own, in as many buffers as it takes', async () => {
  using x = tensor([0]);
  using captured = capture(() => addAll(x));
  using _others = addAll(x);
  x.copyFrom([3]);
  captured.replay();
  expect(await captured.result.item()).toBe(SUM + 3);
});
