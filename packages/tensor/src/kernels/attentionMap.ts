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
  const { kernel, rows, columns } = planMap(operands);
  run(kernel, [query, key, ...(mask ? [mask] : []), statistics, map], {
    params: {
      ...scoreParams(operands, 'queries'),
      ...textParams(query, key),
      averaged: headMean ? heads : 1,
      unseen: Number.NaN,
    },
    workgroups: [Math.ceil(queries / rows), Math.ceil(keys / columns), headMean ? batch : batch * heads],
    flops: 2 * numel(scoresShape(operands)) * headSize,
  });
  return map;
}

/** The kernel, and the queries and keys that a workgroup of it takes. */
function planMap(operands: ScoreOperands) {
  const matrix = matrixScoresVariant(operands);
  if (matrix) return { kernel: matrixMapKernel(matrix), ...matrix.tile };
  const variant = variantOf(operands, 'probabilities');
  const { groupRows, columns } = mapText(variant);
  return { kernel: mapKernel(variant), rows: groupRows, columns };
}

/** Heads that one workgroup averages, and what a query has that sees no key. */
const MAP_PARAMS = { averaged: 'u32', unseen: 'f32' } as const satisfies Record<string, ParamType>;

function mapText({ tile, slices }: AttentionVariant): AttentionText {
  return attentionText(tile, slices, ['key']);
}

/** Which heads a workgroup averages. */
const HEADS = `let maps = params.heads / params.averaged;
  let batch = group.z / maps;
  let first_head = group.z % maps * params.averaged;
  let share = 1.0 / f32(params.averaged);`;

const EACH_HEAD = 'var head = first_head; head < first_head + params.averaged; head++';

/** What is known of row `r`, whose statistics begin at `at`. */
function loadStatistics(r: string | number, at: string): string {
  return `let top${r} = load_statistics(${at});
    let total${r} = load_statistics(${at} + 1u);
    let inverse${r} = select(total${r}, params.unseen, total${r} == 0.0);`;
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
    subgroupSize: text.pin,
    declarations: `${text.declarations(inputs, 1)}\n${masked ? MASK_DECLARATIONS : ''}`,
    main: `
  ${HEADS}
  let j = group.y * ${text.columns}u;
${text.rowPosition}
  ${text.eachCell((cell) => `var sum${cell} = 0.0;`)}
  for (${EACH_HEAD}) {
${text.rowIndex}
${visibleRange(text, masked, 'queries')}
    ${text.step}
    ${computeScores(text, (r) => `vector_query(index${r}, v) * params.scale`, 'key')}
    ${text.sumParts('s')}
    ${hideScores(text, masked)}
    ${text.eachRow((r) => loadStatistics(r, `index${r} * 2u`))}
    ${text.eachCell((cell, r) => `sum${cell} += select(exp(s${cell} - top${r}), 0.0, hidden${cell}) * inverse${r};`)}
  }
${text.eachRow((r) => storeRow(text, r))}`,
  };
});

function storeRow(text: AttentionText, r: number): string {
  return `  if (part == 0u && row${r} < params.rows) {
    let at = (group.z * params.rows + row${r}) * params.columns + j;
    ${text.eachColumn((t) => `if (j + ${t}u < params.columns) { store_map(at + ${t}u, sum${r}_${t} * share); }`)}
  }`;
}

/** The same in matrix units. */
const matrixMapKernel = defineKernel((variant: MatrixScoresVariant) => {
  const text = new MatrixScoresText(variant);
  const eachCell = (cell: (round: number, t: number) => string) =>
    each(text.layout.rounds, (round) => text.eachColumn((t) => cell(round, t)));
  return {
    name: 'attentionMap',
    bindings: [
      ...text.inputs,
      ...maskBinding(variant),
      { name: 'statistics', dtype: 'f32', width: 1, access: 'read' },
      { name: 'map', dtype: 'f32', width: 1, access: 'write' },
    ],
    params: { ...TEXT_PARAMS, ...SCORE_PARAMS, ...MAP_PARAMS },
    ...text.settings,
    declarations: text.declarations,
    main: `
  ${HEADS}
  let j = group.y * ${variant.tile.columns}u;
  ${text.positions}
  ${eachCell((round, t) => `var sum${round}_${t} = 0.0;`)}
  ${text.walk(
    {
      loop: EACH_HEAD,
      first: ['first_head', 'j'],
      next: ['min(head + 1u, params.heads - 1u)', 'j'],
      ofRow: `let at = row_index(batch, head, first_row + row) * 2u;
    ${loadStatistics('', 'at')}`,
    },
    (round) => text.eachColumn((t) => `sum${round}_${t} += exp(s${t} - top) * inverse;`),
  )}
  if (first_row + row < params.rows) {
    let at = (group.z * params.rows + first_row + row) * params.columns;
    ${eachCell(
      (round, t) => `{ let column = ${text.columnOf(round)} + ${t}u;
      if (column < params.columns) { store_map(at + column, sum${round}_${t} * share); } }`,
    )}
  }`,
  };
});
