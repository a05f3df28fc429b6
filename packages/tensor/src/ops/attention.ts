import { requireFloat } from '../dtype.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { needsGrad, record } from '../graph.ts';
import {
  attentionKeyValueGradients,
  attentionQueryGradient,
  attentionResidue,
} from '../kernels/attentionBackward.ts';
import { type AttentionForward, attentionForward } from '../kernels/attentionForward.ts';
import { type AttentionOperands, type ScoreOperands, scoresShape } from '../kernels/attentionScores.ts';
import { scope } from '../scope.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { tensor } from './create.ts';
import { matmul } from './matmul.ts';
import { permute } from './permute.ts';
import { mean } from './reduce.ts';
import { softmax } from './softmax.ts';

/** What attention hides, and how scores are scaled. */
export interface AttentionOptions {
  /** f32 or f16, added to the scores; broadcastable to [B, H, Lq, Lk]. -Infinity hides a key. */
  mask?: Tensor;
  /** Hides from query i the keys after key i. Default false. */
  causal?: boolean;
  /** Default D^-1/2. */
  scale?: number;
}

/**
 * softmax(query key^T scale + mask) value, for every head separately; computed in f32 without storing the
 * matrix of probabilities. A query from which every key is hidden gives 0.
 * Reference: torch.nn.functional.scaled_dot_product_attention, with heads after the length.
 * @param query [B, Lq, H, D], f32 or f16
 * @param key [B, Lk, H, D], of the same dtype
 * @param value [B, Lk, H, D], of the same dtype
 * @returns [B, Lq, H, D], of the same dtype
 * @throws ShapeError, DTypeError
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const operands = checkOperands('scaledDotProductAttention', query, key, value, options);
  if (needsGrad(options.mask)) return scope(() => attentionProbabilities(query, key, value, options).output);
  const forward = attentionForward(operands);
  const { output, statistics } = forward;
  const result = record(output, () => ({
    name: 'scaledDotProductAttention',
    inputs: [query, key, value],
    saved: [query, key, value, output, statistics, ...(options.mask ? [options.mask] : [])],
    backward: (gradient, [query, key, value, output, statistics, mask], needs) =>
      gradients(
        { ...operands, query, key, value, mask: mask ?? null },
        { output, statistics },
        gradient,
        needs,
      ),
  }));
  statistics.dispose();
  return result;
}

function gradients(
  operands: AttentionOperands,
  forward: AttentionForward,
  gradient: Tensor,
  [ofQuery, ofKey, ofValue]: readonly boolean[],
): (Tensor | null)[] {
  const residue = attentionResidue(forward, gradient);
  const query = ofQuery ? attentionQueryGradient(operands, residue) : null;
  if (!ofKey && !ofValue) return [query, null, null];
  const { key, value } = attentionKeyValueGradients(operands, residue);
  return [query, ofKey ? key : null, ofValue ? value : null];
}

/** As `AttentionOptions`, and what is given of the probabilities. */
export interface AttentionProbabilitiesOptions extends AttentionOptions {
  /** Gives the mean over heads in place of every head's probabilities. Default false. */
  headMean?: boolean;
}

/** What attention gives, with the probabilities that it took. */
export interface AttentionWithProbabilities {
  /** [B, Lq, H, D], as scaledDotProductAttention's. */
  readonly output: Tensor;
  /** f32 [B, H, Lq, Lk], or [B, Lq, Lk] as the mean over heads; each row sums to 1. */
  readonly probabilities: Tensor;
}

/**
 * Like `scaledDotProductAttention`, but also returns the probabilities; gradients flow through both
 * results, and to the mask. It holds B H Lq Lk numbers at a time. A query from which every key is hidden gives NaN,
 * as torch's does.
 * @throws ShapeError, DTypeError
 */
export function attentionProbabilities(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionProbabilitiesOptions = {},
): AttentionWithProbabilities {
  const operands = checkOperands('attentionProbabilities', query, key, value, options);
  return scope(() => {
    const probabilities = explicitProbabilities(operands);
    return {
      output: permute(matmul(probabilities, byHead(value)), [0, 2, 1, 3]).cast(query.dtype),
      probabilities: options.headMean ? mean(probabilities, 1) : probabilities,
    };
  });
}

/** f32 [B, H, Lq, Lk], by operations that have gradients. */
export function explicitProbabilities({ query, key, mask, scale, causal }: ScoreOperands): Tensor {
  let scores = matmul(byHead(query), byHead(key), { transposeB: true }).mul(scale);
  if (mask) scores = scores.add(mask);
  if (causal) scores = scores.add(causalMask(scores));
  return softmax(scores, -1);
}

/** f32 [B, H, L, D]. */
function byHead(x: Tensor): Tensor {
  return permute(x.cast('f32'), [0, 2, 1, 3]);
}

/** -Infinity for the keys after a query, [Lq, Lk]. */
function causalMask(scores: Tensor): Tensor {
  const [queries, keys] = scores.shape.slice(-2) as [number, number];
  const values = Float32Array.from({ length: queries * keys }, (_, i) =>
    i % keys > Math.floor(i / keys) ? Number.NEGATIVE_INFINITY : 0,
  );
  return tensor(values, { shape: [queries, keys], device: scores.device });
}

function checkOperands(
  op: string,
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions,
): AttentionOperands {
  return { ...checkScoreOperands(op, { query, key, value }, options), value };
}

/**
 * The operands of the scores, with the defaults of `options`.
 * @throws ShapeError, DTypeError naming `op`
 */
export function checkScoreOperands(
  op: string,
  operands: { query: Tensor; key: Tensor; value?: Tensor },
  { mask, causal = false, scale }: AttentionOptions,
): ScoreOperands {
  const { query, key, value = key } = operands;
  const list = (show: (x: Tensor) => string) =>
    Object.entries(operands)
      .map(([name, x]) => `${name} ${show(x)}`)
      .join(', ');
  const shapes = list(({ shape }) => formatShape(shape));
  const [batch, , heads, headSize] = query.shape;
  if (query.rank !== 4 || key.rank !== 4 || !headSize)
    throw new ShapeError(`${op}: operands must be [batch, length, heads, head size], got ${shapes}`);
  if (!sameShape(key.shape, value.shape))
    throw new ShapeError(`${op}: key and value must have one shape, got ${shapes}`);
  if (key.shape[0] !== batch || key.shape[2] !== heads || key.shape[3] !== headSize)
    throw new ShapeError(`${op}: query and key must agree in batch, heads and head size, got ${shapes}`);
  requireFloat(op, query.dtype);
  if (key.dtype !== query.dtype || value.dtype !== query.dtype) {
    throw new DTypeError(
      `${op}: operands must have one dtype, got ${list(({ dtype }) => dtype)}; cast them first`,
    );
  }
  if (mask) checkMask(op, mask, scoresShape({ query, key }));
  return { query, key, mask: mask ?? null, causal, scale: scale ?? headSize ** -0.5 };
}

function checkMask(op: string, mask: Tensor, scores: readonly number[]): void {
  if (mask.dtype === 'bool')
    throw new DTypeError(
      `${op}: the mask is added to the scores; make a bool one additive by where(mask, 0, -Infinity)`,
    );
  requireFloat(`${op} (mask)`, mask.dtype);
  const fits =
    mask.rank <= 4 && mask.shape.every((extent, i) => [1, scores[4 - mask.rank + i]].includes(extent));
  if (!fits)
    throw new ShapeError(
      `${op}: a mask of shape ${formatShape(mask.shape)} does not broadcast to the scores ${formatShape(scores)}`,
    );
}
