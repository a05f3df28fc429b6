import type { MatrixAttentionTile, MatrixLayout } from '../gpu/attentionMatrixTile.ts';
import { each } from './each.ts';

/**
 * A row's weights are exp(score - reference), which go into the product with the values as f16. The reference is taken
 * anew, and what was summed until then scaled, only when a weight would pass 2^15, which f16 just holds. The greatest is
 * 2^8 then, so that weights small enough to be subnormal do not count even by the thousand.
 */
const HEADROOM = 8 * Math.LN2;
const LIMIT = 15 * Math.LN2;

/** The softmax between the two products: in f32, `rowLanes` neighbouring lanes a row of the workgroup's `scores`. */
export interface SoftmaxText {
  /** What a lane knows of its row. */
  readonly start: string;
  /** Scores of the columns from `j` on become `weights`, and `scales` what earlier sums are to be multiplied by. */
  readonly step: string;
  /** `scales` become what the sums are to be multiplied by, and the row's statistics are stored. */
  readonly end: string;
}

export function softmaxText(tile: MatrixAttentionTile, layout: MatrixLayout, masked: boolean): SoftmaxText {
  const { subgroupRows, split } = tile;
  const { rowLanes, laneColumns, scoreStride, weightStride } = layout;
  const own = subgroupRows * scoreStride;
  const eachColumn = (text: (t: number) => string) => each(laneColumns, text);
  const hidden = (t: number) => `(hidden & ${2 ** t}u) != 0u`;
  const acrossLanes = (combine: (other: (x: string) => string) => string) =>
    each(Math.log2(rowLanes), (level) => combine((x) => `subgroupShuffleXor(${x}, ${2 ** level}u)`));
  const parts = (t: number) =>
    Array.from({ length: split }, (_, part) => `scores[at_scores + ${part * own + t}u]`).join(' + ');
  return {
    start: `let row = lane / ${rowLanes}u;
  let first_column = lane % ${rowLanes}u * ${laneColumns}u;
  let visible = select(params.columns, min(params.columns, first_row + row + 1u), params.causal != 0u);
  let at_scores = row / ${subgroupRows}u * ${split * own}u + row % ${subgroupRows}u * ${scoreStride}u + first_column;
  let at_weights = row * ${weightStride}u + first_column;
  var top = LOWEST;
  var reference = LOWEST;
  var total = 0.0;
  ${masked ? 'let maskRow = mask_row(batch, head, first_row + row);' : ''}`,
    step: `{
      let column = j + first_column;
      let seen = visible - min(visible, column);
      // A bit a column.
      var hidden = 0u;
      if (seen < ${laneColumns}u) { hidden = 0xffffffffu << seen; }
      ${eachColumn((t) => `var s${t} = (${parts(t)}) * params.scale;`)}
      ${masked ? eachColumn((t) => `{ let mask = mask_at(maskRow, column + ${t}u);\n      s${t} += mask;\n      hidden |= select(0u, ${2 ** t}u, hides(mask)); }`) : ''}
      if (hidden != 0u) {
        ${eachColumn((t) => `s${t} = select(s${t}, LOWEST, ${hidden(t)});`)}
      }
      var next = s0;
      ${eachColumn((t) => (t === 0 ? '' : `next = max(next, s${t});`))}
      ${acrossLanes((other) => `next = max(next, ${other('next')});`)}
      top = max(top, next);
      var keep = 1.0;
      if (next > reference + ${LIMIT}) {
        keep = exp(reference - (next - ${HEADROOM}));
        reference = next - ${HEADROOM};
        total *= keep;
        atomicStore(&grown[0], j + 1u);
      }
      ${eachColumn((t) => `s${t} = exp(s${t} - reference);`)}
      if (hidden != 0u) {
        ${eachColumn((t) => `s${t} = select(s${t}, 0.0, ${hidden(t)});`)}
      }
      ${eachColumn((t) => `total += s${t};\n      weights[at_weights + ${t}u] = f16(s${t});`)}
      if (first_column == 0u) { scales[row] = keep; }
    }`,
    // A total of NaN must not be taken for none.
    end: `${acrossLanes((other) => `total += ${other('total')};`)}
  let inverse = select(1.0 / total, 0.0, total == 0.0);
  if (first_column == 0u) {
    scales[row] = inverse;
    if (first_row + row < params.rows) {
      let at = row_index(batch, head, first_row + row) * 2u;
      store_statistics(at, top);
      store_statistics(at + 1u, inverse * exp(top - reference));
    }
  }`,
  };
}
