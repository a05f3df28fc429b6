import { each } from './each.ts';
import type { GemmBody, GemmText, Tile } from './gemmBody.ts';

/**
 * Each lane holds four columns of every row; a row's values come from the lane of the subgroup that loaded them. Row by
 * row, so that a row's sums stay in registers for four multiply-adds: all of them never fit.
 */
export function broadcastBody(text: GemmText, { rows, columns, subgroupSize }: Tile<'broadcast'>): GemmBody {
  const loads = Math.ceil(rows / subgroupSize);
  const multiply = (row: number, j: number) => {
    const value = `a${Math.floor(row / subgroupSize)}.${'xyzw'[j]}`;
    return `sum${row} = fma(vec4f(subgroupBroadcast(${value}, ${row % subgroupSize}u)), b[${j}], sum${row});`;
  };
  return {
    workgroup: columns / 4,
    subgroups: true,
    declarations: '',
    main: `
  let column = part.column + lane * 4u;
  let columns = rows_b(min(column, params.n - 1u), params.n, part.baseB);
  ${each(loads, (g) => `let row${g} = row_a(min(part.row + ${g * subgroupSize}u + subgroup_lane, params.m - 1u), part.baseA);`)}
  ${each(rows, (row) => `var sum${row} = vec4f();`)}
  for (var tap = part.tap; tap < part.tapEnd; tap++) {
    let runsB = taps_b(columns, tap);
    ${each(loads, (g) => `let run${g} = tap_a(row${g}, tap);`)}
    for (var c = part.c; c < part.cEnd; c += 4u) {
      let b = block_b(runsB, c);
      ${each(loads, (g) => `let a${g} = quad_a(run${g}, c);`)}
      ${each(rows, (row) => each(4, (j) => multiply(row, j)))}
    }
  }
  ${storeRows(text, rows)}`,
  };
}

/** Rows whose columns have the same bias load it once. */
function storeRows({ biasDtype, transposed }: GemmText, rows: number): string {
  const isShared = biasDtype !== null && !transposed;
  const store = (row: number) =>
    isShared
      ? `store_biased(part, part.row + ${row}u, column, sum${row} + bias);`
      : `store_tile(part, part.row + ${row}u, column, sum${row});`;
  return `${isShared ? 'let bias = bias_of(part, part.row, min(column, params.n - 1u));' : ''}
  ${each(rows, store)}`;
}
