import { promote, requireFloat } from '../dtype.ts';
import { TensorError } from '../errors.ts';
import { record } from '../graph.ts';
import { castTo, replaceAs } from '../kernels/cast.ts';
import { pointwise } from '../kernels/pointwise.ts';
import { reduceAxes, SUM } from '../kernels/reduce.ts';
import { scope } from '../scope.ts';
import { requireShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** How the losses of elements become one; torch's `reduction`. */
export interface LossOptions {
  /** How the losses of the elements are reduced. Default 'mean'. */
  reduction?: 'mean' | 'sum' | 'none';
}

interface ElementLoss {
  readonly name: string;
  /** WGSL of the loss of the difference `d` (input - target); `s` is the loss's own parameter. */
  readonly loss: string;
  /** Its derivative in `d`. */
  readonly slope: string;
}

const MSE: ElementLoss = { name: 'mseLoss', loss: 'd * d', slope: '2.0 * d' };
const L1: ElementLoss = { name: 'l1Loss', loss: 'abs(d)', slope: 'sign(d)' };
const SMOOTH_L1: ElementLoss = {
  name: 'smoothL1Loss',
  loss: 'select(abs(d) - 0.5 * s, 0.5 * d * d / s, abs(d) < s)',
  slope: 'select(sign(d), d / s, abs(d) < s)',
};

/**
 * Squared error of `input` against `target`, of one shape, in f32; the result has their dtype.
 * @throws ShapeError when the shapes differ; DTypeError unless both are floats
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return elementLoss(MSE, input, target, options, 0);
}

/** Absolute error; otherwise as `mseLoss`. Its gradient at 0 is 0. */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return elementLoss(L1, input, target, options, 0);
}

/** As `LossOptions`, with the place where the smooth L1 loss turns. */
export interface SmoothL1Options extends LossOptions {
  /** Where the square turns into the absolute error; 0 leaves the absolute error. At least 0; default 1. */
  beta?: number;
}

/**
 * d^2 / (2 beta) for differences d below beta, |d| - beta / 2 above; otherwise as `mseLoss`.
 * @throws TensorError when beta is below 0
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor {
  const { beta = 1 } = options;
  if (!(beta >= 0)) throw new TensorError(`smoothL1Loss: beta must be at least 0, got ${beta}`);
  return elementLoss(SMOOTH_L1, input, target, options, beta);
}

function elementLoss(
  rule: ElementLoss,
  input: Tensor,
  target: Tensor,
  options: LossOptions,
  parameter: number,
): Tensor {
  const { name } = rule;
  requireFloat(name, input.dtype);
  requireFloat(name, target.dtype);
  requireShape(name, 'target', target.shape, input.shape);
  const { reduction = 'mean' } = options;
  const dtype = promote(input.dtype, target.dtype);
  const lossDtype = reduction === 'none' ? dtype : 'f32';
  const spec = { name, expression: 'loss(a - b, s)', declarations: lossSource(rule) };
  const elements = pointwise(spec, [input, target], lossDtype, [parameter]);
  const y = reduceLoss(elements, reduction, dtype);
  return record(y, () => ({
    name,
    inputs: [input, target],
    saved: [input, target],
    backward: (gradient, saved, needs) => {
      const scale = reduction === 'mean' ? 1 / input.size : 1;
      const slope = (sign: '' | '-', operand: Tensor) =>
        pointwise(
          {
            name: `${name}Backward`,
            expression: `${sign}a * t * slope(b - c, s)`,
            declarations: slopeSource(rule),
          },
          [gradient, ...saved],
          operand.dtype,
          [parameter, scale],
        );
      return [needs[0] ? slope('', input) : null, needs[1] ? slope('-', target) : null];
    },
  }));
}

function lossSource({ loss }: ElementLoss): string {
  return `fn loss(d: vec4f, s: vec4f) -> vec4f { return ${loss}; }`;
}

function slopeSource({ slope }: ElementLoss): string {
  return `fn slope(d: vec4f, s: vec4f) -> vec4f { return ${slope}; }`;
}

/** The f32 losses of single elements as `reduction` wants them, in `dtype`; `elements` is disposed or returned. */
export function reduceLoss(
  elements: Tensor,
  reduction: 'mean' | 'sum' | 'none',
  dtype: Tensor['dtype'],
): Tensor {
  if (reduction === 'none') return replaceAs(elements, dtype);
  const result = scope(() => {
    const total = reduceAxes(elements, SUM, [...elements.shape.keys()]).view([]);
    if (reduction === 'sum') return castTo(total, dtype);
    return pointwise({ name: 'mean', expression: 'a / s' }, [total], dtype, [elements.size]);
  });
  elements.dispose();
  return result;
}
