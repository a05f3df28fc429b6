import type { Tensor } from '../../src/index.ts';
import * as ops from '../../src/index.ts';
import type { Arguments, OpDbOperation } from './opDb.ts';

type Args = Arguments<Tensor>;

/** The option of the losses. */
export const reductionOf = (args: Args) => ({
  reduction: (args.text('reduction') ?? 'mean') as 'mean' | 'sum' | 'none',
});

/** NCHW images, one or a batch of them, through an operation of NHWC images. */
function onImages(x: Tensor, operation: (images: Tensor) => Tensor): Tensor {
  const images = x.rank === 3 ? x.unsqueeze(0) : x;
  const y = operation(images.permute([0, 2, 3, 1])).permute([0, 3, 1, 2]);
  return x.rank === 3 ? y.squeeze(0) : y;
}

/** A number for both dimensions, or one for each. */
const pairOf = (args: Args, name: string, otherwise: number): [number, number] => {
  const [vertical, horizontal] = args.has(name) ? args.numbers(name) : [otherwise];
  return [vertical!, horizontal ?? vertical!];
};

export function conv2d(args: Args): Tensor {
  const weight = args.tensor('weight');
  const stride = pairOf(args, 'stride', 1);
  const dilation = pairOf(args, 'dilation', 1);
  const padding = convPadding(args, weight.shape, dilation);
  const kernel = weight.permute([2, 3, 1, 0]);
  const options = { stride, dilation, padding, groups: args.number('groups', 1) };
  return onImages(args.tensor('input'), (x) => ops.conv2d(x, kernel, args.optionalTensor('bias'), options));
}

/** 'same' adds what the kernel takes away, the odd pixel at the end. */
function convPadding(
  args: Args,
  weight: readonly number[],
  dilation: readonly number[],
): [number, number, number, number] {
  if (args.text('padding') === 'valid') return [0, 0, 0, 0];
  if (args.text('padding') === 'same') {
    const total = [0, 1].map((dim) => dilation[dim]! * (weight[2 + dim]! - 1));
    const before = total.map((count) => Math.floor(count / 2));
    return [before[0]!, total[0]! - before[0]!, before[1]!, total[1]! - before[1]!];
  }
  const [vertical, horizontal] = pairOf(args, 'padding', 0);
  return [vertical, vertical, horizontal, horizontal];
}

/** `x` [N, C, ..] as [N, .., C]. */
function toChannelsLast(x: Tensor): Tensor {
  return x.permute([0, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 2), 1]);
}

/** [N, C, ..] through an operation of [N, .., C]. */
export function channelsLast(x: Tensor, operation: (x: Tensor) => Tensor): Tensor {
  const inner = Array.from({ length: x.rank - 2 }, (_, i) => i + 1);
  return operation(toChannelsLast(x)).permute([0, x.rank - 1, ...inner]);
}

export function crossEntropy(args: Args): Tensor {
  const target = args.tensor('target');
  const weight = args.optionalTensor('weight');
  return ops.crossEntropy(
    toChannelsLast(args.tensor('input')),
    target.dtype === 'f32' ? toChannelsLast(target) : target,
    {
      ...reductionOf(args),
      ...(weight && { weight }),
      ...(args.has('ignoreIndex') && { ignoreIndex: args.number('ignoreIndex') }),
    },
  );
}

/** [.., H, L, D], where heads and batch may be missing, as [B, L, H, D]. */
function heads(x: Tensor): Tensor {
  return x.rank === 3 ? x.unsqueeze(2) : x.permute([0, 2, 1, 3]);
}

export function attention(args: Args): Tensor {
  const [query, key, value] = [args.tensor('query'), args.tensor('key'), args.tensor('value')];
  const mask = args.optionalTensor('attnMask');
  const y = ops.scaledDotProductAttention(heads(query), heads(key), heads(value), {
    ...(mask && { mask }),
    causal: args.flag('isCausal'),
  });
  return query.rank === 3 ? y.squeeze(2) : y.permute([0, 2, 1, 3]);
}

/** Pairs for the last dimensions, the innermost first, as pairs for every dimension. */
function padding(counts: readonly number[], rank: number): [number, number][] {
  return Array.from({ length: rank }, (_, dim) => {
    const first = 2 * (rank - 1 - dim);
    return [counts[first] ?? 0, counts[first + 1] ?? 0];
  });
}

export const pad: OpDbOperation = {
  run: (args) => {
    const x = args.tensor('input');
    const mode = args.text('mode') ?? 'constant';
    const fill = mode === 'constant' ? args.number('value', 0) : (mode as ops.PadMode);
    return ops.pad(x, padding(args.numbers('pad'), x.rank), fill);
  },
};

export const resize = (
  operation: (x: Tensor, size: ops.ImageSize, options: ops.InterpolateOptions) => Tensor,
  corners = false,
): OpDbOperation => ({
  limit: (args) =>
    args.tensor('input').shape.length !== 4
      ? 'interpolation along one or three dimensions'
      : args.has('scaleFactor') &&
        !args.flag('recomputeScaleFactor') &&
        'interpolation by a scale factor that is not rounded to whole pixels',
  run: (args) => {
    const x = args.tensor('input');
    const size = args.has('size')
      ? args.numbers('size')
      : x.shape.slice(2).map((extent) => Math.floor(extent * args.number('scaleFactor')));
    const alignCorners = args.flag('alignCorners', corners);
    return onImages(x, (images) => operation(images, size as [number, number], { alignCorners }));
  },
});
