import { readFileSync } from 'node:fs';
import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import { smooth } from '../examples/customOperation/smooth.ts';
import { requireGrad, ShapeError, scope, tensor, zeros } from '../src/index.ts';

const [HEIGHT, WIDTH] = [3, 5];
const shape = [HEIGHT, WIDTH, 4];
const values = (phase: number) =>
  Array.from({ length: HEIGHT * WIDTH * 4 }, (_, i) => Math.sin(i * 1.3 + phase));

/** The sum over neighbours in a row, from its definition. */
function expected(x: readonly number[]): number[] {
  return x.map((centre, i) => {
    const column = Math.floor(i / 4) % WIDTH;
    const left = column > 0 ? x[i - 4]! : 0;
    const right = column < WIDTH - 1 ? x[i + 4]! : 0;
    return (left + 2 * centre + right) / 4;
  });
}

test.each([
  { dtype: 'f32', rtol: 1e-6 },
  { dtype: 'f16', rtol: 2e-3 },
] as const)(
  'an operation in WGSL has the values and the gradient of its definition, in $dtype',
  async (c) => {
    const { dtype, rtol } = c;
    using x = requireGrad(tensor(values(0), { shape, dtype }));
    using y = scope(() => {
      const smoothed = smooth(x);
      // Inside a graph: the gradient of 3 smooth(x) is 3 times its own.
      smoothed.mul(3).backward({ gradient: tensor(values(1), { shape, dtype }), retainGraph: true });
      return smoothed;
    });
    expectAllClose(await y.data(), expected(values(0)), { rtol, label: 'value' });
    const gradient = expected(values(1)).map((value) => 3 * value);
    expectAllClose(await x.grad!.data(), gradient, { rtol, label: 'gradient' });
  },
);

test('a shape of another rank is refused by name', () => {
  using x = zeros([2, 4]);
  expect(() => smooth(x)).toThrow(new ShapeError('smooth: x must be [H, W, four channels], got [2, 4]'));
});

test('the README shows the example as it is', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  const example = read('../examples/customOperation/smooth.ts')
    .replace('../../src/index.ts', '@lusd/tensor')
    .replace('../../src/wgsl.ts', '@lusd/tensor/wgsl');
  expect(read('../README.md')).toContain(example);
});
