import { numel } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import {
  computeScores,
  headDims,
  heldSlice,
  hideScores,
  MASK_DECLARATIONS,
  SCORE_PARAMS,
  type ScoreOperands,
  scoreParams,
  scoresShape,
  softmaxStep,
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
import { defineKernel } from './wgsl.ts';

/** The statistics that `attentionForward` gives, f32 [B, Lq, H, 2], by a walk over the keys alone. */
export function attentionStatistics(operands: ScoreOperands): Tensor {
  const { query, key, mask } = operands;
  const [batch, queries, heads, headSize] = headDims(query);
  const statistics = Tensor.empty(query.device, [batch, queries, heads, 2], 'f32', 'attentionStatistics');
  const variant = variantOf(operands, 'statistics');
  run(statisticsKernel(variant), [query, key, ...(mask ? [mask] : []), statistics], {
    params: { ...scoreParams(operands, 'queries'), ...textParams(query, key) },
    workgroups: [Math.ceil(queries / statisticsText(variant).groupRows), heads, batch],
    flops: 2 * numel(scoresShape(operands)) * headSize,
  });
  return statistics;
}

function statisticsText({ tile, slices }: AttentionVariant): AttentionText {
  return attentionText(tile, slices, ['key']);
}

const statisticsKernel = defineKernel((variant: AttentionVariant) => {
  const text = statisticsText(variant);
  const masked = variant.maskDtype !== null;
  const inputs = ['query', 'key'].map((name) => readsHeads(name, variant));
  return {
    name: 'attentionStatistics',
    bindings: [
      ...inputs,
      ...maskBinding(variant),
      { name: 'statistics', dtype: 'f32', width: 1, access: 'write' },
    ],
    params: { ...TEXT_PARAMS, ...SCORE_PARAMS },
    workgroup: text.workgroup,
    subgroups: text.subgroups,
    declarations: `${text.declarations(inputs, 1)}\n${masked ? MASK_DECLARATIONS : ''}`,
    main: `
  let head = group.y;
  let batch = group.z;
${text.position}
${visibleRange(text, masked, 'queries')}
${text.hold('query')}
  let end = select(params.columns, min(params.columns, first_row + ${text.groupRows}u), params.causal != 0u);
${text.eachRow(
  (r) => `  var top${r} = LOWEST;
  var total${r} = 0.0;`,
)}
  ${text.eachSlice(text.eachRow((r) => `    query${r}[i] = vector_query(index${r}, v) * params.scale;`))}
  for (var j = 0u; j < end; j += ${text.columns}u) {
    ${text.step}
    ${computeScores(text, heldSlice('query'), 'key')}
    ${text.sumParts('s')}
    ${hideScores(text, masked)}
    ${text.eachRow((r) => softmaxStep(text, r))}
  }
${text.eachRow(storeStatistics)}`,
  };
});

/** A total of NaN must not be taken for none. */
function storeStatistics(r: number): string {
  return `  if (part == 0u && row${r} < params.rows) {
    store_statistics(index${r} * 2u, top${r});
    store_statistics(index${r} * 2u + 1u, select(1.0 / total${r}, 0.0, total${r} == 0.0));
  }`;
}
