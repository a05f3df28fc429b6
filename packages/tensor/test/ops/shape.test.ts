import { describe, expect, test } from 'vitest';
import * as ops from '../../src/index.ts';
import { arange, requireGrad, ShapeError, scope, type Tensor, tensor } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';

await checkGolden('shape', {
  slice: ([x], args) => x!.slice(args.start as number[], args.end as number[]),
  concat: (inputs, args) => ops.concat(inputs, args.dim as number),
  stack: (inputs, args) => ops.stack(inputs, args.dim as number),
  split: ([x], args) => x!.split(args.sizes as number[], args.dim as number),
  pad: ([x], args) => x!.pad(args.padding as [number, number][], args.value as number | undefined),
  permute: ([x], args) => x!.permute(args.dims as number[]),
  transpose: ([x], args) => x!.transpose(args.dim0 as number, args.dim1 as number),
  reshape: ([x], args) => x!.reshape(args.shape as number[]),
  expand: ([x], args) => x!.expand(args.shape as number[]),
  repeat: ([x], args) => x!.repeat(args.repeats as number[]),
  flip: ([x], args) => x!.flip(args.dims as number[]),
});

/** 0, 1, 2, .. in `shape`: what an element is tells where it came from. */
function counted(...shape: number[]): Tensor {
  const count = shape.reduce((n, extent) => n * extent, 1);
  return arange(0, count).reshape(shape);
}

async function values(x: Tensor): Promise<number[]> {
  return Array.from(await x.data());
}

describe('reshape, flatten, squeeze and unsqueeze', () => {
  test('give the shapes that torch gives', () => {
    const x = counted(2, 1, 3, 1);
    expect(x.reshape([3, -1]).shape).toEqual([3, 2]);
    expect(x.flatten().shape).toEqual([6]);
    expect(x.flatten(1, 2).shape).toEqual([2, 3, 1]);
    expect(tensor(1).flatten().shape).toEqual([1]);
    expect(x.squeeze().shape).toEqual([2, 3]);
    expect(x.squeeze(1).shape).toEqual([2, 3, 1]);
    expect(x.squeeze([0, -1]).shape).toEqual([2, 1, 3]);
    expect(x.unsqueeze(0).shape).toEqual([1, 2, 1, 3, 1]);
    expect(x.unsqueeze(-1).shape).toEqual([2, 1, 3, 1, 1]);
  });

  test('share memory, which outlives the handle it was made from', async () => {
    const x = tensor([1, 2, 3, 4]);
    const views = [
      x.reshape([2, 2]),
      x.unsqueeze(0),
      x.reshape([1, 4]).squeeze(),
      x.reshape([2, 2]).flatten(),
    ];
    x.copyFrom([5, 6, 7, 8]);
    x.dispose();
    for (const view of views) expect(await values(view)).toEqual([5, 6, 7, 8]);
  });

  test('pass the gradient back in the shape of the operand', async () => {
    const x = requireGrad(tensor([[1, 2, 3]]));
    scope(() =>
      x
        .squeeze()
        .unsqueeze(1)
        .flatten()
        .mul(tensor([4, 5, 6]))
        .backward({ gradient: tensor([1, 1, 1]) }),
    );
    expect(x.grad?.shape).toEqual([1, 3]);
    expect(await values(x.grad!)).toEqual([4, 5, 6]);
  });

  test('refuse other counts', () => {
    expect(() => counted(2, 3).reshape([4, -1])).toThrow(
      new ShapeError('reshape: cannot view [2, 3] as [4, -1]'),
    );
    expect(() => counted(2, 3).flatten(1, 0)).toThrow(ShapeError);
  });
});

describe('slice and its like', () => {
  test('take bounds as Python does', async () => {
    const x = counted(4, 5);
    expect(await values(x.slice([-2, 1], [Infinity, -2]))).toEqual([11, 12, 16, 17]);
    expect(await values(x.slice([3], [99]))).toEqual([15, 16, 17, 18, 19]);
    expect(x.slice([3], [1]).shape).toEqual([0, 5]);
    expect(x.slice([-99], [-3]).shape).toEqual([1, 5]);
  });

  test('read vec4s only where every row is aligned', async () => {
    const expected = (first: number, length: number) =>
      [0, 12, 24].flatMap((row) => Array.from({ length }, (_, i) => row + first + i));
    for (const [first, length] of [
      [4, 8],
      [4, 4],
      [3, 8],
      [4, 7],
      [2, 4],
    ] as const) {
      expect(await values(counted(3, 12).narrow(1, first, length))).toEqual(expected(first, length));
    }
  });

  test('narrow counts from the end and stays inside', async () => {
    expect(await values(counted(2, 3).narrow(1, -2, 2))).toEqual([1, 2, 4, 5]);
    expect(() => counted(2, 3).narrow(1, 2, 2)).toThrow(
      new ShapeError('narrow: 2 from 2 exceed dim 1 of [2, 3], which has 3'),
    );
  });

  test('split by one size leaves the rest to the last piece', () => {
    const shapes = counted(7, 2)
      .split(3)
      .map((piece) => piece.shape);
    expect(shapes).toEqual([
      [3, 2],
      [3, 2],
      [1, 2],
    ]);
    expect(() => counted(7, 2).split([3, 3])).toThrow('split: sizes [3, 3] do not add up to dim 0 of [7, 2]');
    expect(() => counted(7, 2).split(0)).toThrow(ShapeError);
  });

  test('refuse bounds that do not fit', () => {
    expect(() => counted(2, 3).slice([0, 0, 0], [1, 1, 1])).toThrow(ShapeError);
    expect(() => counted(2, 3).slice([0.5], [1])).toThrow('slice: bound 0.5 is not an integer');
    expect(() => counted(2, 3).slice([Number.NaN], [1])).toThrow(ShapeError);
  });
});

describe('permute', () => {
  /** The same by index arithmetic on the host. */
  function permuted(shape: readonly number[], order: readonly number[]): number[] {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((n, extent) => n * extent, 1));
    let offsets = [0];
    for (const axis of order) {
      const steps = Array.from({ length: shape[axis]! }, (_, i) => i * strides[axis]!);
      offsets = offsets.flatMap((offset) => steps.map((step) => offset + step));
    }
    return offsets;
  }

  test.each([
    { shape: [8, 12], order: [1, 0] },
    { shape: [2, 8, 12], order: [0, 2, 1] },
    { shape: [2, 4, 3, 8], order: [0, 2, 3, 1] },
    { shape: [3, 4, 2, 8], order: [3, 0, 2, 1] },
    { shape: [2, 3, 4, 8], order: [0, 2, 1, 3] },
    { shape: [6, 8], order: [1, 0] },
    { shape: [8, 6], order: [1, 0] },
  ])('of $shape to $order', async ({ shape, order }) => {
    for (const dtype of ['f32', 'f16', 'i32'] as const) {
      expect(
        await values(
          counted(...shape)
            .cast(dtype)
            .permute(order),
        ),
      ).toEqual(permuted(shape, order));
    }
  });

  test('must name every dimension once', () => {
    expect(() => counted(2, 3).permute([0, 0])).toThrow(
      new ShapeError('permute: [0, 0] does not name every dimension of [2, 3] once'),
    );
  });
});

test('a scalar has no dimension to cut or join', () => {
  const scalar = tensor(1);
  const failures = {
    narrow: () => scalar.narrow(0, 0, 1),
    split: () => scalar.split(1),
    concat: () => ops.concat([scalar, scalar]),
  };
  for (const [op, call] of Object.entries(failures))
    expect(call).toThrow(new ShapeError(`${op}: a scalar has no dimension; unsqueeze it first`));
});

describe('pad', () => {
  test('keeps vec4 rows in place', async () => {
    const padded = counted(2, 4).pad(
      [
        [1, 0],
        [4, 8],
      ],
      9,
    );
    const nines = (count: number) => new Array<number>(count).fill(9);
    expect(await values(padded)).toEqual([
      ...nines(16),
      ...nines(4),
      0,
      1,
      2,
      3,
      ...nines(12),
      4,
      5,
      6,
      7,
      ...nines(8),
    ]);
  });

  test('of a mode shows what torch shows, and no more than there is', async () => {
    expect(await values(counted(4).pad([[3, 2]], 'reflect'))).toEqual([3, 2, 1, 0, 1, 2, 3, 2, 1]);
    expect(await values(counted(3).pad([[2, 1]], 'replicate'))).toEqual([0, 0, 0, 1, 2, 2]);
    expect(await values(counted(3).pad([[4, 1]], 'circular'))).toEqual([2, 0, 1, 2, 0, 1, 2, 0]);
    expect(() => counted(3).pad([[3, 0]], 'reflect')).toThrow(
      new ShapeError('pad: counts [3, 0], reflect do not fit dim 0 of [3], which has 3'),
    );
    expect(() => counted(0).pad([[1, 0]], 'replicate')).toThrow(ShapeError);
    expect(() => counted(2).pad([[-2, 1]], 'circular')).toThrow(ShapeError);
  });

  test('needs a pair of counts a dimension', () => {
    expect(() => counted(2, 3).pad([[1, 1]])).toThrow(
      'pad: padding [[1,1]] needs a pair of counts for every dimension of [2, 3]',
    );
    expect(() => counted(3).pad([[-2, -2]])).toThrow(
      new ShapeError('pad: counts [-2, -2] do not fit dim 0 of [3], which has 3'),
    );
  });
});

describe('concat and stack', () => {
  test('promote dtypes, and each operand gets its own back', async () => {
    const half = requireGrad(tensor([1, 2], { dtype: 'f16' }));
    const single = requireGrad(tensor([3]));
    const joined = ops.concat([half, single]);
    expect(joined.dtype).toBe('f32');
    joined.backward({ gradient: tensor([4, 5, 6]) });
    expect(half.grad?.dtype).toBe('f16');
    expect(await values(half.grad!)).toEqual([4, 5]);
    expect(await values(single.grad!)).toEqual([6]);
  });

  test('leave no buffer behind', () => {
    const parts = Array.from({ length: 21 }, (_, i) => tensor([i]));
    const before = parts[0]!.device.memory().liveBuffers;
    ops.concat(parts);
    expect(parts[0]!.device.memory().liveBuffers).toBe(before + 1);
  });

  test('name shapes that differ', () => {
    expect(() => ops.concat([counted(2, 3), counted(2, 4)])).toThrow(
      new ShapeError('concat: shapes [2, 3] and [2, 4] differ in another dimension than 0'),
    );
    expect(() => ops.concat([])).toThrow(ShapeError);
    expect(() => ops.stack([counted(2), counted(3)])).toThrow('stack: shapes [2] and [3] differ');
  });
});

describe('expand and repeat', () => {
  test('-1 keeps an extent', async () => {
    expect(await values(counted(2, 1).expand([2, -1, 2]))).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
  });

  test('refuse shapes that do not fit', () => {
    expect(() => counted(2, 3).expand([2, 6])).toThrow(
      new ShapeError('expand: shape [2, 3] does not expand to [2, 6]'),
    );
    expect(() => counted(2, 3).expand([3])).toThrow(ShapeError);
    expect(() => counted(2, 3).repeat([2])).toThrow(ShapeError);
  });
});
