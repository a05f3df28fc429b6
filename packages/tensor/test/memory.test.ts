import { expect, test } from 'vitest';
import {
  capture,
  DisposedError,
  keep,
  OutOfMemoryError,
  openDevice,
  requireGrad,
  scope,
  setDevice,
  tensor,
  zeros,
} from '../src/index.ts';
import { device } from './support/device.ts';

const live = () => device.memory().liveBuffers;

test('a scope disposes what it does not return', async () => {
  const before = live();
  const result = scope(() => {
    const x = tensor([1, 2]);
    const kept = scope(() => ({ sum: x.add(x).add(1), list: [x.mul(3)] }));
    return kept.list[0]!.add(kept.sum);
  });
  expect(live()).toBe(before + 1);
  expect(Array.from(await result.data())).toEqual([6, 11]);
  result.dispose();
  expect(live()).toBe(before);
});

test('a scope that throws disposes everything', () => {
  const before = live();
  expect(() =>
    scope(() => {
      tensor([1]).add(1);
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(live()).toBe(before);
});

test('keep takes a tensor out of every scope', () => {
  const kept = scope(() => scope(() => void keep(tensor([1]))) ?? null);
  expect(kept).toBeNull();
  expect(live()).toBeGreaterThan(0);
  const before = live();
  const x = scope(() => ({ hidden: () => 0, x: keep(tensor([2])) })).x;
  x.dispose();
  expect(live()).toBe(before);
});

test('an asynchronous body is refused', () => {
  expect(() => scope(async () => tensor([1]))).toThrow('promise');
});

test('a disposed tensor names itself when used', () => {
  const x = tensor([[1, 2]]);
  x.dispose();
  x.dispose();
  expect(() => x.add(1)).toThrow(new DisposedError('a tensor of shape [1, 2] was used after dispose()'));
});

test('a graph that is never walked frees what it saved with its result', () => {
  const before = live();
  using x = requireGrad(tensor([1, 2]));
  const y = scope(() => x.exp().mul(x).silu());
  expect(live()).toBeGreaterThan(before + 2);
  y.dispose();
  expect(live()).toBe(before + 1);
});

test('a walked graph holds nothing but the gradients', () => {
  const before = live();
  using x = requireGrad(tensor([1, 2]));
  scope(() =>
    x
      .exp()
      .mul(x)
      .silu()
      .backward({ gradient: tensor([1, 1]) }),
  );
  expect(live()).toBe(before + 2);
});

test('the budget is kept, and named when it is too small', async () => {
  const small = await openDevice({
    adapter: process.env.LUSD_ADAPTER ?? 'auto',
    memoryBudget: 1 << 20,
    log: null,
  });
  const options = { device: small };
  for (let i = 0; i < 8; i++) zeros([100_000 + i * 20_000], options).dispose();
  expect(small.memory().peakBytes).toBeLessThanOrEqual(1 << 20);
  expect(() => zeros([1 << 20], options)).toThrow(OutOfMemoryError);
  small.destroy();
  setDevice(device);
});

test('a freed buffer serves a smaller tensor, unless it is more than twice too large', () => {
  const held = () => {
    const { liveBytes, freeBytes } = device.memory();
    return liveBytes + freeBytes;
  };
  device.trim();
  zeros([1 << 20]).dispose();
  const before = held();
  using half = zeros([(1 << 20) / 2]);
  expect(held()).toBe(before);
  using less = zeros([(1 << 20) / 4]);
  expect(held()).toBe(before + less.size * 4);
  half.dispose();
  expect(held()).toBe(before + less.size * 4);
});

test('copyFrom takes host data or a tensor of the same shape and dtype', async () => {
  using x = tensor([[1, 2, 3]]);
  using y = scope(() => x.mul(2));
  x.copyFrom(y);
  y.copyFrom([7, 8, 9]);
  expect(Array.from(await x.data())).toEqual([2, 4, 6]);
  using half = tensor([[1, 2, 3]], { dtype: 'f16' });
  expect(() => x.copyFrom(half)).toThrow('copyFrom: Tensor([1, 3], f32) cannot be overwritten with');
  using odd = tensor([[0, 0, 0]], { dtype: 'f16' });
  odd.copyFrom(half);
  expect(Array.from(await odd.data())).toEqual([1, 2, 3]);
});

test('the report covers captures, whose buffers stay live for their replays', () => {
  using x = tensor([1, 2]);
  device.resetPeakMemory();
  const { liveBuffers, peakLiveBytes } = device.memory();
  const step = capture(() => scope(() => x.exp().mul(x).add(1)));
  expect(device.memory().liveBuffers).toBeGreaterThan(liveBuffers + 1);
  expect(device.memory().peakLiveBytes).toBeGreaterThan(peakLiveBytes);
  step.dispose();
  expect(device.memory().liveBuffers).toBe(liveBuffers);
});
