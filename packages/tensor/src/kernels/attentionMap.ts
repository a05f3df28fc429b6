import { numel } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import {
  computeScores,
  headDims,
  hideScores,
  MASK_DECLARATIONS,
  SCORE_PARAMS,
  type ScoreOperands,
  scoreParams,
  scoresShape,
  visibleRange,
} from './attentionScores.ts';
import { attentionText } from './attentionStreams.ts';
import type { AttentionText } from './attentionText.ts';
import {
  type AttentionVariant,
  maskBinding,
  readsHeads,
  TEXT_PARAMS,
  textParams,
  variantOf,
} from './attentionVariant.ts';
import { run } from './run.ts';
import { defineKernel, type ParamType } from './wgsl.ts';

/**
 * exp(score - m) / sum, from the `statistics` of `attentionStatistics`: f32 [B, H, Lq, Lk], or as the mean over heads
 * [B, Lq, Lk]. Each number is written once. NaN for a query that sees no key.
 */
export function attentionMap(operands: ScoreOperands, statistics: Tensor, headMean: boolean): Tensor {
  const { query, key, mask } = operands;
  const [batch, heads, queries, keys] = scoresShape(operands);
  const [, , , headSize] = headDims(query);
  const shape = headMean ? [batch, queries, keys] : [batch, heads, queries, keys];
  const map = Tensor.empty(query.device, shape, 'f32', 'attentionMap');
  const variant = variantOf(operands, 'probabilities');
  const { groupRows, columns } = mapText(variant);
  run(mapKernel(variant), [query, key, ...(mask ? [mask] : []), statistics, map], {
    params: {
      ...scoreParams(operands, 'queries'),
      ...textParams(query, key),
      averaged: headMean ? heads : 1,
      unseen: Number.NaN,
    },
    workgroups: [Math.ceil(queries / groupRows), Math.ceil(keys / columns), headMean ? batch : batch * heads],
    flops: 2 * numel(scoresShape(operands)) * headSize,
  });
  return map;
}

/** Heads that one workgroup averages, and what a query has that sees no key. */
const MAP_PARAMS = { averaged: 'u32', unseen: 'f32' } as const satisfies Record<string, ParamType>;

function mapText({ tile, slices }: AttentionVariant): AttentionText {
  return attentionText(tile, slices, ['key']);
}

/** A workgroup has a tile of queries and keys, over whose heads it runs. */
const mapKernel = defineKernel((variant: AttentionVariant) => {
  const text = mapText(variant);
  const masked = variant.maskDtype !== null;
  const inputs = ['query', 'key'].map((name) => readsHeads(name, variant));
  return {
    name: 'attentionMap',
    bindings: [
      ...inputs,
      ...maskBinding(variant),
      { name: 'statistics', dtype: 'f32', width: 1, access: 'read' },
      { name: 'map', dtype: 'f32', width: 1, access: 'write' },
    ],
    params: { ...TEXT_PARAMS, ...SCORE_PARAMS, ...MAP_PARAMS },
    workgroup: text.workgroup,
    subgroups: text.subgroups,
    declarations: `${text.declarations(inputs, 1)}\n${masked ? MASK_DECLARATIONS : ''}`,
    main: `
  let maps = params.heads / params.averaged;
  let batch = group.z / maps;
  let first_head = group.z % maps * params.averaged;
  let j = group.y * ${text.columns}u;
${text.rowPosition}
  ${text.eachCell((cell) => `var sum${cell} = 0.0;`)}
  for (var head = first_head; head < first_head + params.averaged; head++) {
${text.rowIndex}
${visibleRange(text, masked, 'queries')}
    ${text.step}
    ${computeScores(text, (r) => `vector_query(index${r}, v) * params.scale`, 'key')}
    ${text.sumParts('s')}
    ${hideScores(text, masked)}
${text.eachRow(
  (r) => `    let top${r} = load_statistics(index${r} * 2u);
    let total${r} = load_statistics(index${r} * 2u + 1u);
    let inverse${r} = select(total${r}, params.unseen, total${r} == 0.0);`,
)}
    ${text.eachCell((cell, r) => `sum${cell} += select(exp(s${cell} - top${r}), 0.0, hidden${cell}) * inverse${r};`)}
  }
  let share = 1.0 / f32(params.averaged);
${text.eachRow((r) => storeRow(text, r))}`,
  };
});

function storeRow(text: AttentionText, r: number): string {
  return `  if (part == 0u && row${r} < params.rows) {
    let at = (group.z * params.rows + row${r}) * params.columns + j;
    ${text.eachColumn((t) => `if (j + ${t}u < params.columns) { store_map(at + ${t}u, sum${r}_${t} * share); }`)}
  }`;
}
