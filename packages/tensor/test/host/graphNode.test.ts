import { expect, test } from 'vitest';
import { type Accumulator, GraphNode, walkBackward } from '../../src/autograd.ts';

/** Differentiation over plain numbers: the walk knows nothing of tensors. */
const numbers: Accumulator<number> = {
  add: (a, b) => a + b,
  own: (value) => value,
  free: () => {},
  scope: (body) => body(),
};

const leaf = () =>
  new GraphNode<number>(
    'leaf',
    [],
    () => [],
    () => {},
  );

test('a chain of 100,000 operations does not overflow the stack', () => {
  const x = leaf();
  let node = x;
  for (let i = 0; i < 100_000; i++)
    node = new GraphNode<number>(
      'next',
      [node],
      (g) => [g],
      () => {},
    );
  let gradient = 0;
  walkBackward(
    node,
    3,
    numbers,
    (visited, g) => {
      if (visited === x) gradient = g;
    },
    false,
  );
  expect(gradient).toBe(3);
  node.release();
});

test('a value used twice gets the sum of both gradients, once', () => {
  const x = leaf();
  const square = new GraphNode<number>(
    'square',
    [x, x],
    (g) => [2 * g, 3 * g],
    () => {},
  );
  const seen: number[] = [];
  walkBackward(
    square,
    1,
    numbers,
    (visited, g) => {
      if (visited === x) seen.push(g);
    },
    false,
  );
  expect(seen).toEqual([5]);
});

test('what a node saved is freed with its last holder, and once', () => {
  let freed = 0;
  const x = leaf();
  const first = new GraphNode<number>(
    'first',
    [x],
    (g) => [g],
    () => freed++,
  );
  const second = new GraphNode<number>(
    'second',
    [first],
    (g) => [g],
    () => freed++,
  );
  first.release();
  expect(freed).toBe(0);
  second.release();
  expect(freed).toBe(2);
});
