import { matrixLayout } from '../gpu/attentionMatrixTile.ts';
import { numel } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { loadWidthOf, matrixForwardKernel } from './attentionMatrix.ts';
import {
  type AttentionOperands,
  addColumns,
  computeScores,
  headDims,
  heldSlice,
  hideScores,
  MASK_DECLARATIONS,
  SCORE_PARAMS,
  scoreParams,
  scoresShape,
  softmaxStep,
  visibleRange,
} from './attentionScores.ts';
import { attentionText } from './attentionStreams.ts';
import type { AttentionText } from './attentionText.ts';
import {
  type AttentionVariant,
  headsVariant,
  maskBinding,
  readsHeads,
  storeDtype,
  TEXT_PARAMS,
  textParams,
  variantOf,
  writesHeads,
} from './attentionVariant.ts';
import { replaceAs } from './cast.ts';
import { run } from './run.ts';
import { defineKernel } from './wgsl.ts';

export interface AttentionForward {
  /** [B, Lq, H, D], in the query's dtype; 0 for a query that sees no key. */
  readonly output: Tensor;
  /** f32 [B, Lq, H, 2]: a query's greatest score m and 1 / sum(exp(score - m)), which is 0 if it sees no key. */
  readonly statistics: Tensor;
}

/** softmax(query key^T scale + mask) value by online softmax: scores live in registers only. */
export function attentionForward(operands: AttentionOperands): AttentionForward {
  const { query, key, value, mask } = operands;
  const [batch, queries, heads, headSize] = headDims(query);
  const { kernel, groupRows } = planForward(operands);
  const output = Tensor.empty(query.device, query.shape, storeDtype(headsVariant(operands)), 'attention');
  const statistics = Tensor.empty(query.device, [batch, queries, heads, 2], 'f32', 'attention');
  const tensors = [query, key, value, ...(mask ? [mask] : []), output, statistics];
  run(kernel, tensors, {
    params: {
      ...scoreParams(operands, 'queries'),
      ...textParams(query, key),
    },
    workgroups: [Math.ceil(queries / groupRows), heads, batch],
    flops: 4 * numel(scoresShape(operands)) * headSize,
  });
  return { output: replaceAs(output, query.dtype), statistics };
}

/** The kernel, and the queries that a workgroup of it takes. */
function planForward(operands: AttentionOperands) {
  const { query } = operands;
  const [, , , headSize] = headDims(query);
  const tile = query.dtype === 'f16' ? query.device.tuning.matrixAttention(headSize) : null;
  if (tile) {
    const { head } = matrixLayout(tile, headSize);
    const loadWidth = loadWidthOf(tile, headSize);
    const variant = { ...headsVariant(operands), tile, head, loadWidth };
    return { kernel: matrixForwardKernel(variant), groupRows: tile.rows };
  }
  const variant = variantOf(operands, 'forward');
  return { kernel: forwardKernel(variant), groupRows: forwardText(variant).groupRows };
}

function forwardText({ tile, slices }: AttentionVariant): AttentionText {
  return attentionText(tile, slices, ['key', 'value']);
}

const forwardKernel = defineKernel((variant: AttentionVariant) => {
  const text = forwardText(variant);
  const masked = variant.maskDtype !== null;
  const inputs = ['query', 'key', 'value'].map((name) => readsHeads(name, variant));
  const output = writesHeads('output', variant);
  return {
    name: 'attention',
    bindings: [
      ...inputs,
      ...maskBinding(variant),
      output,
      { name: 'statistics', dtype: 'f32', width: 1, access: 'write' },
    ],
    params: { ...TEXT_PARAMS, ...SCORE_PARAMS },
    workgroup: text.workgroup,
    subgroups: text.subgroups,
    subgroupSize: text.pin,
    declarations: `${text.declarations([...inputs, output], 1)}\n${masked ? MASK_DECLARATIONS : ''}`,
    main: `
  let head = group.y;
  let batch = group.z;
${text.position}
${visibleRange(text, masked, 'queries')}
${text.hold('query', 'sum')}
  let end = select(params.columns, min(params.columns, first_row + ${text.groupRows}u), params.causal != 0u);
${text.eachRow(
  (r) => `  var top${r} = LOWEST;
  var total${r} = 0.0;`,
)}
  ${text.eachSlice(
    text.eachRow(
      (r) => `    query${r}[i] = vector_query(index${r}, v) * params.scale;\n    sum${r}[i] = vec4f();`,
    ),
  )}
  for (var j = 0u; j < end; j += ${text.columns}u) {
    ${text.step}
    ${computeScores(text, heldSlice('query'), 'key')}
    ${text.sumParts('s')}
    ${hideScores(text, masked)}
    ${text.eachRow((r) => softmaxStep(text, r))}
    ${addColumns(text, 'sum', 'value', 's', (slice, r) => `${slice} * keep${r}`)}
  }
${text.eachRow((r) => storeRow(text, r))}`,
  };
});

/** A total of NaN must not be taken for none. */
function storeRow(text: AttentionText, r: number): string {
  return `  let inverse${r} = select(1.0 / total${r}, 0.0, total${r} == 0.0);
  if (row${r} < params.rows) {
    ${text.eachSlice(`      put_output(index${r}, v, sum${r}[i] * inverse${r});`)}
    if (part == 0u) {
      store_statistics(index${r} * 2u, top${r});
      store_statistics(index${r} * 2u + 1u, inverse${r});
    }
  }`;
}
