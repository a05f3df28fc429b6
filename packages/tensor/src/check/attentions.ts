import { attentionProbabilities, scaledDotProductAttention } from '../ops/attention.ts';
import { attentionMap } from '../ops/attentionMap.ts';
import { type Check, computes } from './check.ts';
import { drawn, type FloatDType } from './host.ts';
import { attentionOf, headMeanOf, probabilitiesOf } from './references/attention.ts';

/** Attention of pixels to pixels and of pixels to a prompt's 77 tokens, with the heads of SD 1.5. */
export function attentionChecks(): Check[] {
  return [
    ...(['f32', 'f16'] as const).flatMap((dtype) => [
      attentionCheck('self-attention', dtype, 69, 69, 40),
      attentionCheck('cross-attention', dtype, 69, 77, 40),
      attentionCheck('self-attention', dtype, 21, 21, 80),
      attentionCheck('self-attention', dtype, 13, 13, 160),
      mapCheck(dtype, 37, 37, 80),
      mapCheck(dtype, 13, 77, 160),
    ]),
    computes({
      name: 'attention probabilities',
      dtype: 'f32',
      inputs: attentionInputs('f32', 7, 77, 8),
      run: (query, key, value) => attentionProbabilities(query!, key!, value!).probabilities,
      reference: (query, key) => probabilitiesOf(query!, key!),
    }),
  ];
}

function attentionInputs(dtype: FloatDType, queries: number, keys: number, size: number) {
  const heads = 2;
  return [
    drawn([2, queries, heads, size], dtype, 1, 2),
    drawn([2, keys, heads, size], dtype, 2, 2),
    drawn([2, keys, heads, size], dtype, 3),
  ];
}

/** As the mask reads it. */
function mapCheck(dtype: FloatDType, queries: number, keys: number, size: number): Check {
  return computes({
    name: 'attention map',
    dtype,
    tolerance: 2e-5,
    inputs: attentionInputs(dtype, queries, keys, size).slice(0, 2),
    run: (query, key) => attentionMap(query!, key!, { headMean: true }),
    reference: (query, key) => headMeanOf(probabilitiesOf(query!, key!)),
  });
}

function attentionCheck(name: string, dtype: FloatDType, queries: number, keys: number, size: number): Check {
  return computes({
    name,
    dtype,
    inputs: attentionInputs(dtype, queries, keys, size),
    run: (query, key, value) => scaledDotProductAttention(query!, key!, value!),
    reference: (query, key, value) => attentionOf(query!, key!, value!),
  });
}
