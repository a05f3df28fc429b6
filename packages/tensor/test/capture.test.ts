import { expect, test } from 'vitest';
import {
  CapturedFunction,
  capture,
  keep,
  requireGrad,
  ShapeError,
  scope,
  type Tensor,
  TensorError,
  tensor,
  zeros,
} from '../src/index.ts';
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

test('a captured function follows its operands, and names those that do not fit', async () => {
  let calls = 0;
  using cube = new CapturedFunction((x, y) => {
    calls++;
    return x.mul(x).mul(x).add(y);
  });
  for (const [a, b] of [
    [2, 1],
    [3, -1],
    [-1, 0.5],
  ] as const) {
    using x = tensor([a, 2 * a]);
    using y = tensor([b]);
    const result = cube.call(x, y);
    expect(Array.from(await result.data())).toEqual([a ** 3 + b, (2 * a) ** 3 + b]);
    expect(result.requiresGrad).toBe(false);
  }
  expect(calls).toBe(2);
  using three = tensor([1, 2, 3]);
  expect(() => cube.call(three, three)).toThrow(
    new ShapeError('copyFrom: Tensor([2], f32) cannot be overwritten with Tensor([3], f32)'),
  );
  expect(() => cube.call(three)).toThrow('captured with 2 operands, called with 1');
});

test('a captured function frees its operands where its body throws, and all of it at the end', async () => {
  using x = tensor([1, 2]);
  const before = device.memory().liveBuffers;
  let calls = 0;
  const failing = new CapturedFunction((operand) => {
    if (++calls === 2) throw new RangeError('no');
    return operand.mul(2);
  });
  failing.call(x);
  expect(() => failing.call(x)).toThrow(RangeError);
  expect(device.memory().liveBuffers).toBe(before);
  const double = new CapturedFunction((operand) => operand.mul(2).add(1).sub(1));
  double.call(x);
  expect(device.memory().liveBuffers).toBe(before + 1);
  double.call(x);
  expect(device.memory().liveBuffers).toBeGreaterThan(before + 1);
  double.dispose();
  expect(device.memory().liveBuffers).toBe(before);
});

test('a captured function may upload at its first call', async () => {
  const constants: Tensor[] = [];
  using shifted = new CapturedFunction((operand) => {
    if (constants.length === 0) constants.push(keep(tensor([10, 20])));
    return operand.add(constants[0]!);
  });
  using x = tensor([1, 2]);
  for (const factor of [1, 2, 3]) {
    x.copyFrom([factor, 2 * factor]);
    expect(Array.from(await shifted.call(x).data())).toEqual([10 + factor, 20 + 2 * factor]);
  }
  constants[0]!.dispose();
});

test('a captured step longer than one submit equals the eager one', async () => {
  using x = tensor(Float32Array.from({ length: 10 }, (_, i) => i / 10));
  using captured = new CapturedFunction((operand) => step(step(operand)));
  using eager = step(scope(() => step(x)));
  for (let i = 0; i < 2; i++) captured.call(x);
  expect(await captured.call(x).data()).toEqual(await eager.data());
});

test('a capture outlives the poison of its time, which larger memory replaces', async () => {
  using x = tensor([1, 2]);
  using captured = capture(() => scope(() => x.mul(3).add(1)));
  for (let i = 0; i < 2; i++) zeros([1 << 20]).dispose();
  captured.replay();
  expect(Array.from(await captured.result.data())).toEqual([4, 7]);
});
