import { sub } from '../ops/binary.ts';
import { ge } from '../ops/compare.ts';
import { type Conv2dOptions, conv2d } from '../ops/conv2d.ts';
import { embedding } from '../ops/gather.ts';
import { groupNorm, groupNormSilu } from '../ops/groupNorm.ts';
import { layerNorm } from '../ops/layerNorm.ts';
import { linear } from '../ops/linear.ts';
import type { LinearOperands } from '../ops/linears.ts';
import { unsqueeze } from '../ops/reshape.ts';
import { where } from '../ops/select.ts';
import { scope } from '../scope.ts';
import { extentOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { constant, kaimingUniform, normal } from './init.ts';
import { Module } from './module.ts';
import { CONV_LAYOUT, type DeviceOption, LINEAR_LAYOUT, Parameter } from './parameter.ts';

/** Whether a layer adds a bias. */
export interface BiasOption {
  /** Default true. */
  bias?: boolean;
}

/** y = x W + b over the last dimension; torch.nn.Linear, with the weight kept as [in, out]. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    options: BiasOption & DeviceOption = {},
  ) {
    super();
    const shape = [inFeatures, outFeatures];
    const initialize = (on: DeviceOption) => kaimingUniform(shape, inFeatures, on);
    this.weight = new Parameter(shape, initialize, LINEAR_LAYOUT, options);
    this.bias = biasParameter(outFeatures, inFeatures, options);
  }

  /** [..., in] -> [..., out]. */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight.value, this.bias?.value);
  }

  /** What `forward` multiplies by and adds. */
  linearOperands(): LinearOperands {
    return { weight: this.weight.value, bias: this.bias?.value ?? null };
  }

  /** add + forward(x), in one pass; `add` [..., out]. */
  forwardAdd(add: Tensor, x: Tensor): Tensor {
    return linear(x, this.weight.value, this.bias?.value, { add });
  }

  /** silu(forward(x)), in one pass. */
  forwardSilu(x: Tensor): Tensor {
    return linear(x, this.weight.value, this.bias?.value, { activation: 'silu' });
  }

  /** geglu(forward(x)), [..., in] -> [..., out / 2]: in one pass in matrix units. */
  forwardGeglu(x: Tensor): Tensor {
    return linear(x, this.weight.value, this.bias?.value, { activation: 'geglu' });
  }
}

/** 2-D convolution of NHWC pictures; torch.nn.Conv2d, with the weight kept as [kH, kW, in / groups, out]. */
export class Conv2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    readonly kernelSize: number | readonly [height: number, width: number],
    private readonly options: Conv2dOptions & BiasOption & DeviceOption = {},
  ) {
    super();
    const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
    const groupIn = inChannels / (options.groups ?? 1);
    const shape = [height, width, groupIn, outChannels];
    const fanIn = height * width * groupIn;
    const initialize = (on: DeviceOption) => kaimingUniform(shape, fanIn, on);
    this.weight = new Parameter(shape, initialize, CONV_LAYOUT, options);
    this.bias = biasParameter(outChannels, fanIn, options);
  }

  /** [N, H, W, in] -> [N, H', W', out]. */
  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight.value, this.bias?.value, this.options);
  }

  /** The result of `forward` for pictures whose pixels are repeated so many times along each dimension, in one pass. */
  forwardUpsampled(x: Tensor, factors: readonly [vertical: number, horizontal: number]): Tensor {
    return conv2d(x, this.weight.value, this.bias?.value, { ...this.options, upsample: factors });
  }

  /** add + forward(x), in one pass; `add` [N, H', W', out], or [N or 1, 1, 1, out] for all pixels. */
  forwardAdd(add: Tensor, x: Tensor): Tensor {
    return conv2d(x, this.weight.value, this.bias?.value, { ...this.options, add });
  }
}

function biasParameter(
  features: number,
  fanIn: number,
  options: BiasOption & DeviceOption,
): Parameter | null {
  const { bias = true } = options;
  return bias ? vector(features, (on) => kaimingUniform([features], fanIn, on), options) : null;
}

/** The scale and the shift of a normalisation, which start as 1 and 0. */
function affineParameters(features: number, options: DeviceOption): { weight: Parameter; bias: Parameter } {
  const filled = (value: number) => vector(features, (on) => constant([features], value, on), options);
  return { weight: filled(1), bias: filled(0) };
}

function vector(
  features: number,
  initialize: (on: DeviceOption) => Tensor,
  options: DeviceOption,
): Parameter {
  return new Parameter([features], initialize, null, options);
}

/** Normalisation over groups of channels, channels last; torch.nn.GroupNorm. */
export class GroupNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    readonly eps = 1e-5,
    options: DeviceOption = {},
  ) {
    super();
    const { weight, bias } = affineParameters(numChannels, options);
    this.weight = weight;
    this.bias = bias;
  }

  /** [N, ..., C] -> the same. */
  forward(x: Tensor): Tensor {
    return groupNorm(x, this.numGroups, this.weight.value, this.bias.value, this.eps);
  }

  /** silu(forward(x)) in one pass. */
  forwardSilu(x: Tensor): Tensor {
    return groupNormSilu(x, this.numGroups, this.weight.value, this.bias.value, this.eps);
  }
}

/** Normalisation over the last dimension; torch.nn.LayerNorm. */
export class LayerNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(
    readonly features: number,
    readonly eps = 1e-5,
    options: DeviceOption = {},
  ) {
    super();
    const { weight, bias } = affineParameters(features, options);
    this.weight = weight;
    this.bias = bias;
  }

  /** [..., features] -> the same. */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight.value, this.bias.value, this.eps);
  }
}

/** A lookup table of vectors; torch.nn.Embedding. */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: DeviceOption = {},
  ) {
    super();
    const shape = [numEmbeddings, embeddingDim];
    this.weight = new Parameter(shape, (on) => normal(shape, on), null, options);
  }

  /** ids [...] (i32) -> [..., embeddingDim]. */
  forward(ids: Tensor): Tensor {
    const [first, ...later] = this.weight.rowBlocks as [Tensor, ...Tensor[]];
    if (later.length === 0) return embedding(first, ids);
    return scope(() => embeddingOfBlocks(first, later, ids));
  }
}

/** The rows of a table that lies in several blocks: each id's from the last block that starts at or before it. */
function embeddingOfBlocks(first: Tensor, later: readonly Tensor[], ids: Tensor): Tensor {
  let rows = embedding(first, ids);
  let start = extentOf(first.shape, 0);
  for (const block of later) {
    rows = where(unsqueeze(ge(ids, start), -1), embedding(block, sub(ids, start)), rows);
    start += extentOf(block.shape, 0);
  }
  return rows;
}
