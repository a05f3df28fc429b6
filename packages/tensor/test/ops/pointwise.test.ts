import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import * as ops from '../../src/index.ts';
import { DTypeError, ShapeError, type Tensor, tensor, where } from '../../src/index.ts';
import { checkGolden, type GoldenOperation } from '../support/checkGolden.ts';

type Binary = (a: Tensor, b: Tensor | number) => Tensor;
const unary =
  (op: (x: Tensor) => Tensor): GoldenOperation =>
  ([x]) =>
    op(x!);
const binary =
  (op: Binary): GoldenOperation =>
  ([a, b], args) =>
    op(a!, b ?? (args.other as number));

await checkGolden('pointwise', {
  neg: unary(ops.neg),
  abs: unary(ops.abs),
  sign: unary(ops.sign),
  exp: unary(ops.exp),
  log: unary(ops.log),
  sqrt: unary(ops.sqrt),
  rsqrt: unary(ops.rsqrt),
  sin: unary(ops.sin),
  cos: unary(ops.cos),
  tanh: unary(ops.tanh),
  sigmoid: unary(ops.sigmoid),
  relu: unary(ops.relu),
  silu: unary(ops.silu),
  gelu: unary(ops.gelu),
  geluTanh: unary(ops.geluTanh),
  quickGelu: unary(ops.quickGelu),
  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: binary(ops.div),
  minimum: binary(ops.minimum),
  maximum: binary(ops.maximum),
  eq: binary(ops.eq),
  ne: binary(ops.ne),
  lt: binary(ops.lt),
  le: binary(ops.le),
  gt: binary(ops.gt),
  ge: binary(ops.ge),
  pow: ([base, exponent], args) => ops.pow(base!, exponent ?? (args.exponent as number)),
  clamp: ([x], args) => ops.clamp(x!, (args.min as number) ?? -Infinity, (args.max as number) ?? Infinity),
  where: ([condition, a, b]) => where(condition!, a!, b!),
});

await checkGolden('cast', { cast: ([x], args) => ops.cast(x!, args.dtype as ops.DType) });

test('sin and cos are exact at angles of any size that f32 resolves', async () => {
  const angles = Float32Array.from({ length: 4096 }, (_, i) => (i - 2048) * 0.731 + (i % 7) * 4000);
  using x = tensor(angles);
  using sine = x.sin();
  using cosine = x.cos();
  expectAllClose(await sine.data(), angles.map(Math.sin), { rtol: 3e-7 });
  expectAllClose(await cosine.data(), angles.map(Math.cos), { rtol: 3e-7 });
});

test('shapes that do not broadcast are named', () => {
  expect(() => tensor([1, 2, 3]).add(tensor([1, 2]))).toThrow(
    new ShapeError('add: shapes [3] and [2] do not broadcast'),
  );
});

test('a condition must be bool', () => {
  expect(() => where(tensor([1]), tensor([1]), tensor([2]))).toThrow(DTypeError);
});
