import { needsGrad } from '../graph.ts';
import { attentionMap as attentionMapOf } from '../kernels/attentionMap.ts';
import { attentionStatistics } from '../kernels/attentionStatistics.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type AttentionOptions, checkScoreOperands, explicitProbabilities } from './attention.ts';
import { mean } from './reduce.ts';

/** As `AttentionOptions`, and which map is given. */
export interface AttentionMapOptions extends AttentionOptions {
  /** Gives the mean over heads in place of every head's probabilities. Default false. */
  headMean?: boolean;
}

/**
 * softmax(query key^T scale + mask), without the attention's output; computed in f32. A first walk over the keys finds
 * each query's greatest score and sum, a second writes every number of the map once, so that of the heads' mean no more is
 * ever held. A query from which every key is hidden gives NaN, as torch's does.
 *
 * Where a gradient is wanted, through the query, the key or the mask, it is composed of differentiable operations as in
 * `attentionProbabilities`, which hold B H Lq Lk numbers.
 * Reference: the weights that torch.nn.MultiheadAttention returns with need_weights (`headMean`: average_attn_weights).
 * @param query [B, Lq, H, D], f32 or f16
 * @param key [B, Lk, H, D], of the same dtype
 * @returns f32 [B, H, Lq, Lk], or [B, Lq, Lk] as the mean over heads; each row sums to 1
 * @throws ShapeError, DTypeError
 */
export function attentionMap(query: Tensor, key: Tensor, options: AttentionMapOptions = {}): Tensor {
  const operands = checkScoreOperands('attentionMap', { query, key }, options);
  const { headMean = false, mask } = options;
  return scope(() => {
    if (needsGrad(query, key, mask)) {
      const probabilities = explicitProbabilities(operands);
      return headMean ? mean(probabilities, 1) : probabilities;
    }
    return attentionMapOf(operands, attentionStatistics(operands), headMean);
  });
}
