import { expect, expectTypeOf, test } from 'vitest';
import {
  DTypeError,
  gradEnabled,
  inference,
  requireGrad,
  ShapeError,
  scope,
  type Tensor,
  tensor,
} from '../src/index.ts';
import { device } from './support/device.ts';

const live = () => device.memory().liveBuffers;

test('view passes the gradient on, and refuses another count of elements', async () => {
  using x = requireGrad(tensor([1, 2, 3, 4]));
  scope(() => {
    const y = x.view([2, 2]);
    expect(y.requiresGrad).toBe(true);
    expect(x.view([-1, 1]).shape).toEqual([4, 1]);
    y.mul(y).sum().backward();
  });
  expect(Array.from(await x.grad!.data())).toEqual([2, 4, 6, 8]);
  expect(() => x.view([5])).toThrow(ShapeError);
  expect(() => x.view([2])).toThrow(ShapeError);
});

test('data in a named dtype has the type of that dtype, or is refused', async () => {
  using half = tensor([0.5, 2], { dtype: 'f16' });
  using whole = tensor([1, 0], { dtype: 'i32' });
  using flags = tensor([1, 0], { dtype: 'bool' });
  const floats = await half.data('f32');
  expectTypeOf(floats).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expect(floats).toEqual(new Float32Array([0.5, 2]));
  expect(await whole.data('i32')).toEqual(new Int32Array([1, 0]));
  expect(await flags.data('u8')).toEqual(new Uint8Array([1, 0]));
  await expect(whole.data('f32')).rejects.toThrow(
    new DTypeError('data: asked for f32 elements of a tensor of i32; cast it first'),
  );
  await expect(flags.data('u32')).rejects.toThrow(DTypeError);
  await expect(half.data('u8')).rejects.toThrow(DTypeError);
});

test('inference records nothing, frees what it does not return, and its result outlives the scope around it', async () => {
  using x = requireGrad(tensor([3]));
  const before = live();
  const results: { square: Tensor; list: Tensor[] }[] = [];
  scope(() => {
    results.push(
      inference(() => {
        expect(gradEnabled()).toBe(false);
        return { square: x.mul(x).add(1), list: [x.neg()] };
      }),
    );
  });
  expect(gradEnabled()).toBe(true);
  expect(live()).toBe(before + 2);
  for (const { square, list } of results) {
    expect(square.requiresGrad).toBe(false);
    expect(await square.item()).toBe(10);
    for (const tensor of [square, ...list]) tensor.dispose();
  }
  expect(live()).toBe(before);
});
