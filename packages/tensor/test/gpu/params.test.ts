import { expect, test } from 'vitest';
import { MAX_GROUPS } from '../../src/gpu/bindGroups.ts';
import { capture, scope, type Tensor, tensor } from '../../src/index.ts';
import { pointwiseInto } from '../../src/kernels/pointwise.ts';

/** More launches with params of their own than one buffer holds. */
const COUNT = MAX_GROUPS + 500;
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

test('a launch that is repeated with other params reads its own, within a batch and after it', async () => {
  using x = tensor([0]);
  using y = tensor([0]);
  const addTo = (from: Tensor, to: Tensor, s: number) =>
    pointwiseInto({ name: 'addNumber', expression: 'a + s' }, [from], to, [s]);
  for (let i = 1; i <= 600; i += 2) {
    // The same buffers each time: some 40 launches in a batch, then 2.
    addTo(x, y, i);
    addTo(y, x, i + 1);
    if (i % 20 === 1 || i > 560) expect(await x.item()).toBe(((i + 1) * (i + 2)) / 2);
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
