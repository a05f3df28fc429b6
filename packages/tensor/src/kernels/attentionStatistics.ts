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
import { MatrixScoresText, type MatrixScoresVariant, matrixScoresVariant } from './attentionScoresMatrix.ts';
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
import { each } from './each.ts';
import { run } from './run.ts';
import { defineKernel } from './wgsl.ts';

/** The statistics that `attentionForward` gives, f32 [B, Lq, H, 2], by a walk over the keys alone. */
export function attentionStatistics(operands: ScoreOperands): Tensor {
  const { query, key, mask } = operands;
  const [batch, queries, heads, headSize] = headDims(query);
  const statistics = Tensor.empty(query.device, [batch, queries, heads, 2], 'f32', 'attentionStatistics');
  const { kernel, groupRows } = planStatistics(operands);
  run(kernel, [query, key, ...(mask ? [mask] : []), statistics], {
    params: { ...scoreParams(operands, 'queries'), ...textParams(query, key) },
    workgroups: [Math.ceil(queries / groupRows), heads, batch],
    flops: 2 * numel(scoresShape(operands)) * headSize,
  });
  return statistics;
}

/** The kernel, and the queries that a workgroup of it takes. */
function planStatistics(operands: ScoreOperands) {
  const matrix = matrixScoresVariant(operands);
  if (matrix) return { kernel: matrixStatisticsKernel(matrix), groupRows: matrix.tile.rows };
  const variant = variantOf(operands, 'statistics');
  return { kernel: statisticsKernel(variant), groupRows: statisticsText(variant).groupRows };
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
    subgroupSize: text.pin,
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

function storeStatistics(r: number): string {
  return `  if (part == 0u && row${r} < params.rows) {
    ${storeTotal(`${r}`, `index${r} * 2u`)}
  }`;
}

/** A total of NaN must not be taken for none. */
function storeTotal(r: string, at: string): string {
  return `store_statistics(${at}, top${r});
    store_statistics(${at} + 1u, select(1.0 / total${r}, 0.0, total${r} == 0.0));`;
}

/** Every lane has the statistics of its own scores, which are joined at the end. */
const matrixStatisticsKernel = defineKernel((variant: MatrixScoresVariant) => {
  const text = new MatrixScoresText(variant);
  const { rows, columns } = variant.tile;
  const acrossLanes = (combine: (other: (x: string) => string) => string) =>
    each(Math.log2(text.layout.rowLanes), (level) =>
      combine((x) => `subgroupShuffleXor(${x}, ${2 ** level}u)`),
    );
  return {
    name: 'attentionStatistics',
    bindings: [
      ...text.inputs,
      ...maskBinding(variant),
      { name: 'statistics', dtype: 'f32', width: 1, access: 'write' },
    ],
    params: { ...TEXT_PARAMS, ...SCORE_PARAMS },
    ...text.settings,
    declarations: text.declarations,
    main: `
  let head = group.y;
  let batch = group.z;
  ${text.positions}
  let end = select(params.columns, min(params.columns, first_row + ${rows}u), params.causal != 0u);
  var top = LOWEST;
  var total = 0.0;
  ${text.walk(
    {
      loop: `var j = 0u; j < end; j += ${columns}u`,
      first: ['head', '0u'],
      next: ['head', `j + ${columns}u`],
    },
    () => `let before = top;
      ${text.eachColumn((t) => `top = max(top, s${t});`)}
      total *= exp(before - top);
      ${text.eachColumn((t) => `s${t} = exp(s${t} - top);`)}
      if (hidden != 0u) {
        ${text.eachColumn((t) => `s${t} = select(s${t}, 0.0, ${text.isHidden(t)});`)}
      }
      ${text.eachColumn((t) => `total += s${t};`)}`,
  )}
  let own = top;
  ${acrossLanes((other) => `top = max(top, ${other('top')});`)}
  total *= exp(own - top);
  ${acrossLanes((other) => `total += ${other('total')};`)}
  if (lane_column == 0u && first_row + row < params.rows) {
    let at = row_index(batch, head, first_row + row) * 2u;
    ${storeTotal('', 'at')}
  }`,
  };
});
