import type { Tensor } from '../../src/index.ts';
import * as ops from '../../src/index.ts';
import type { Arguments, OpDbOperation } from './opDb.ts';
import { attention, channelsLast, conv2d, crossEntropy, pad, reductionOf, resize } from './opDbLayouts.ts';

type Args = Arguments<Tensor>;

const unary = (operation: (x: Tensor) => Tensor): OpDbOperation => ({
  run: (args) => operation(args.tensor('input')),
});

const binary = (operation: (a: Tensor, b: Tensor) => Tensor, other = 'other'): OpDbOperation => ({
  run: (args) => operation(args.tensor('input'), args.tensor(other)),
});

const scaled = (operation: (a: Tensor, b: Tensor) => Tensor): OpDbOperation => ({
  run: (args) => operation(args.tensor('input'), args.tensor('other').mul(args.number('alpha', 1))),
});

const never = (reason: string): OpDbOperation => ({
  limit: () => reason,
  run: () => {
    throw new Error(`not expressible: ${reason}`);
  },
});

const division = binary(ops.div);

const axesOf = (args: Args, name = 'dim') => (args.has(name) ? args.numbers(name) : undefined);
const keepdim = (args: Args) => ({ keepdim: args.flag('keepdim') });

const reduction = (
  operation: (x: Tensor, axes?: number[], options?: ops.ReduceOptions) => Tensor,
): OpDbOperation => ({ run: (args) => operation(args.tensor('input'), axesOf(args), keepdim(args)) });

const argReduction = (
  operation: (x: Tensor, dim?: number, options?: ops.ReduceOptions) => Tensor,
): OpDbOperation => ({
  run: (args) =>
    operation(args.tensor('input'), args.has('dim') ? args.number('dim') : undefined, keepdim(args)),
});

/** `unbiased` is PyTorch's older name for a correction of 1. */
const spread = (
  operation: (x: Tensor, axes?: number[], options?: ops.VarianceOptions) => Tensor,
): OpDbOperation => ({
  run: (args) => {
    const correction = args.number('correction', args.flag('unbiased', true) ? 1 : 0);
    return operation(args.tensor('input'), axesOf(args), { ...keepdim(args), correction });
  },
});

const norm = (order: string): OpDbOperation => ({
  limit: (args) => args.text(order) === 'nuc' && 'the nuclear norm',
  run: (args) => {
    const p = args.has(order) && args.text(order) !== 'fro' ? args.number(order) : 2;
    return ops.norm(args.tensor('input'), axesOf(args), { ...keepdim(args), p });
  },
});

const alongDim = (operation: (x: Tensor, dim: number) => Tensor): OpDbOperation => ({
  limit: (args) => args.text('dtype') === 'float64' && 'f64 results',
  run: (args) => operation(args.tensor('input'), args.number('dim')),
});

const toDtype = (dtype: ops.DType): OpDbOperation => unary((x) => x.cast(dtype));

const split: OpDbOperation = {
  run: (args) => {
    const sizes = args.numbers('splitSize');
    const pieces = args.isList('splitSize') ? sizes : sizes[0]!;
    return args.tensor('input').split(pieces, args.number('dim', 0));
  },
};

const loss = (
  operation: (input: Tensor, target: Tensor, options: ops.LossOptions) => Tensor,
): OpDbOperation => ({
  run: (args) => operation(args.tensor('input'), args.tensor('target'), reductionOf(args)),
});

/** The operations of `reference/tensor/op_db.py`, in its order. */
export const OPERATIONS: Readonly<Record<string, OpDbOperation>> = {
  abs: unary(ops.abs),
  neg: unary(ops.neg),
  sign: unary(ops.sign),
  exp: unary(ops.exp),
  log: unary(ops.log),
  sqrt: unary(ops.sqrt),
  rsqrt: unary(ops.rsqrt),
  sin: unary(ops.sin),
  cos: unary(ops.cos),
  tanh: unary(ops.tanh),
  sigmoid: unary(ops.sigmoid),
  clone: unary(ops.clone),
  'nn.functional.relu': unary(ops.relu),
  'nn.functional.silu': unary(ops.silu),
  mul: binary(ops.mul),
  maximum: binary(ops.maximum),
  minimum: binary(ops.minimum),
  'max:binary': binary(ops.maximum),
  'min:binary': binary(ops.minimum),
  eq: binary(ops.eq),
  ne: binary(ops.ne),
  lt: binary(ops.lt),
  le: binary(ops.le),
  gt: binary(ops.gt),
  ge: binary(ops.ge),
  bool: toDtype('bool'),
  float: toDtype('f32'),
  half: toDtype('f16'),
  int: toDtype('i32'),
  add: scaled(ops.add),
  sub: scaled(ops.sub),
  'div:no_rounding_mode': division,
  'div:trunc_rounding': never('division that rounds'),
  'div:floor_rounding': never('division that rounds'),
  pow: binary(ops.pow, 'exponent'),
  'nn.functional.gelu': {
    run: (args) => (args.text('approximate') === 'tanh' ? ops.geluTanh : ops.gelu)(args.tensor('input')),
  },
  clamp: {
    run: (args) =>
      ops.clamp(
        args.tensor('input'),
        args.optionalTensor('min') ?? Number.NEGATIVE_INFINITY,
        args.optionalTensor('max') ?? Number.POSITIVE_INFINITY,
      ),
  },
  where: { run: (args) => ops.where(args.tensor('condition'), args.tensor('input'), args.tensor('other')) },
  sum: reduction(ops.sum),
  mean: reduction(ops.mean),
  amax: reduction(ops.max),
  amin: reduction(ops.min),
  argmax: argReduction(ops.argmax),
  argmin: argReduction(ops.argmin),
  'max:reduction_no_dim': reduction(ops.max),
  'min:reduction_no_dim': reduction(ops.min),
  var: spread(ops.variance),
  std: spread(ops.std),
  'var:unbiased': spread(ops.variance),
  'std:unbiased': spread(ops.std),
  'linalg.vector_norm': norm('ord'),
  norm: norm('p'),
  'norm:fro': norm('p'),
  'norm:inf': norm('p'),
  'norm:nuc': norm('p'),
  cumsum: alongDim(ops.cumsum),
  softmax: alongDim(ops.softmax),
  'softmax:with_dtype': alongDim(ops.softmax),
  log_softmax: alongDim(ops.logSoftmax),
  'log_softmax:with_dtype': alongDim(ops.logSoftmax),
  matmul: binary(ops.matmul),
  mm: binary(ops.matmul, 'mat2'),
  bmm: binary(ops.matmul, 'mat2'),
  'nn.functional.linear': {
    run: (args) =>
      ops.linear(args.tensor('input'), args.tensor('weight').transpose(0, 1), args.optionalTensor('bias')),
  },
  'nn.functional.conv2d': { run: conv2d },
  'nn.functional.group_norm': {
    run: (args) =>
      channelsLast(args.tensor('input'), (x) =>
        ops.groupNorm(
          x,
          args.number('numGroups'),
          args.optionalTensor('weight'),
          args.optionalTensor('bias'),
          args.number('eps', 1e-5),
        ),
      ),
  },
  'nn.functional.layer_norm': {
    limit: (args) =>
      args.numbers('normalizedShape').length > 1 &&
      '`layerNorm` over several dimensions (flatten them first)',
    run: (args) =>
      ops.layerNorm(
        args.tensor('input'),
        args.optionalTensor('weight'),
        args.optionalTensor('bias'),
        args.number('eps', 1e-5),
      ),
  },
  'nn.functional.scaled_dot_product_attention': {
    atol: 5e-5,
    limit: (args) =>
      args.tensor('query').shape.length !== args.tensor('key').shape.length &&
      '`query` and `key` of attention with different batches',
    run: attention,
  },
  'nn.functional.embedding': { run: (args) => ops.embedding(args.tensor('weight'), args.tensor('input')) },
  gather: {
    limit: (args) => args.tensor('index').dtype === 'u8' && 'u8 as an index',
    run: (args) => ops.gather(args.tensor('input'), args.number('dim'), args.tensor('index')),
  },
  index_select: {
    run: (args) => ops.indexSelect(args.tensor('input'), args.number('dim'), args.tensor('index')),
  },
  slice: {
    limit: (args) => args.number('step', 1) !== 1 && 'steps of `slice`',
    run: (args) => ops.slice(args.tensor('input'), [], []),
  },
  narrow: {
    limit: (args) => args.optionalTensor('start') !== null && 'a tensor as `start` of `narrow`',
    run: (args) =>
      ops.narrow(args.tensor('input'), args.number('dim'), args.number('start'), args.number('length')),
  },
  cat: { run: (args) => ops.concat(args.list('tensors'), args.number('dim', 0)) },
  stack: { run: (args) => ops.stack(args.list('tensors'), args.number('dim', 0)) },
  split,
  'split:list_args': split,
  split_with_sizes: split,
  'nn.functional.pad:constant': pad,
  'nn.functional.pad:reflect': pad,
  'nn.functional.pad:replicate': pad,
  'nn.functional.pad:replicate_negative': pad,
  'nn.functional.pad:circular': pad,
  permute: { run: (args) => ops.permute(args.tensor('input'), args.numbers('dims')) },
  flip: { run: (args) => ops.flip(args.tensor('input'), args.numbers('dims')) },
  transpose: { run: (args) => ops.transpose(args.tensor('input'), args.number('dim0'), args.number('dim1')) },
  reshape: { run: (args) => ops.reshape(args.tensor('input'), args.numbers('shape')) },
  view: { run: (args) => ops.reshape(args.tensor('input'), args.numbers('shape')) },
  flatten: {
    run: (args) => ops.flatten(args.tensor('input'), args.number('startDim', 0), args.number('endDim', -1)),
  },
  squeeze: { run: (args) => ops.squeeze(args.tensor('input'), axesOf(args)) },
  'squeeze:multiple': { run: (args) => ops.squeeze(args.tensor('input'), axesOf(args)) },
  unsqueeze: { run: (args) => ops.unsqueeze(args.tensor('input'), args.number('dim')) },
  expand: { run: (args) => ops.expand(args.tensor('input'), args.numbers('size')) },
  repeat: { run: (args) => ops.repeat(args.tensor('input'), args.numbers('repeats')) },
  'nn.functional.interpolate:nearest': resize(ops.upsampleNearest),
  'nn.functional.interpolate:bilinear': resize(ops.interpolateBilinear),
  'nn.functional.interpolate:bicubic': resize(ops.interpolateBicubic),
  'nn.functional.upsample_nearest': resize(ops.upsampleNearest),
  'nn.functional.upsample_bilinear': resize(ops.interpolateBilinear, true),
  'nn.functional.mse_loss': loss(ops.mseLoss),
  'nn.functional.l1_loss': loss(ops.l1Loss),
  'nn.functional.smooth_l1_loss': {
    run: (args) =>
      ops.smoothL1Loss(args.tensor('input'), args.tensor('target'), {
        ...reductionOf(args),
        beta: args.number('beta', 1),
      }),
  },
  'nn.functional.cross_entropy': {
    run: crossEntropy,
  },
  zeros: { run: (args) => ops.zeros(args.numbers('size')) },
  ones: { run: (args) => ops.ones(args.numbers('size')) },
  full: { run: (args) => ops.full(args.numbers('size'), args.number('fillValue')) },
  arange: { run: arange },
  linspace: { run: (args) => ops.linspace(args.number('start'), args.number('end'), args.number('steps')) },
};

/** PyTorch's single bound is the end, and its integers stay integers unless a dtype is named. */
function arange(args: Args): Tensor {
  const bounds = args.has('end') ? [args.number('start'), args.number('end')] : [0, args.number('start')];
  return ops.arange(bounds[0]!, bounds[1]!, args.number('step', 1), {
    dtype: args.has('dtype') ? 'f32' : 'i32',
  });
}
