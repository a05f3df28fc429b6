import type { GemmTile } from '../gpu/gemmTuning.ts';
import type { GemmText } from './gemmKernel.ts';
import { matrixBody } from './gemmMatrix.ts';

/** Body of a product's kernel: the tile a workgroup computes, from the operands' accessors to `store_tile`. */
export interface GemmBody {
  readonly workgroup: number;
  readonly declarations: string;
  readonly main: string;
  readonly subgroups: boolean;
}

export type Tile<K extends GemmTile['kind']> = Extract<GemmTile, { kind: K }>;

export function unroll(count: number, line: (i: number) => string, separator = '\n  '): string {
  return Array.from({ length: count }, (_, i) => line(i)).join(separator);
}

/** Walks the inner dimension in runs of `step`, from `tap` and `c` of this part of a split. */
function walkSource(step: number, perTap: string, perStep: string): string {
  return `for (var tap = part.tap; tap < part.tapEnd; tap++) {
    ${perTap}
    for (var c = part.c; c < part.cEnd; c += ${step}u) {
      ${perStep}
    }
  }`;
}

/** Each lane holds four columns of every row; a row's values come from the lane of the subgroup that loaded them. */
function broadcastBody({ rows, columns, subgroupSize }: Tile<'broadcast'>): GemmBody {
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
  ${unroll(loads, (g) => `let row${g} = row_a(min(part.row + ${g * subgroupSize}u + subgroup_lane, params.m - 1u), part.baseA);`)}
  ${unroll(rows, (row) => `var sum${row} = vec4f();`, ' ')}
  ${walkSource(
    4,
    `let runsB = taps_b(columns, tap);
    ${unroll(loads, (g) => `let run${g} = tap_a(row${g}, tap);`)}`,
    `let b = block_b(runsB, c);
      ${unroll(loads, (g) => `let a${g} = quad_a(run${g}, c);`)}
      ${unroll(4, (j) => unroll(rows, (row) => multiply(row, j), '\n      '), '\n      ')}`,
  )}
  ${unroll(rows, (row) => `store_tile(part, part.row + ${row}u, column, sum${row});`)}`,
  };
}

/** Both operands are staged in workgroup memory; a thread's rows and columns lie in runs of four across the tile. */
function sharedBody(tile: Tile<'shared'>): GemmBody {
  const { rows, columns, depth, threadRows, threadColumns } = tile;
  const threads = (rows / threadRows) * (columns / threadColumns);
  const [quadRows, quadColumns] = [threadRows / 4, threadColumns / 4];
  const rowStep = rows / quadRows;
  const columnStep = columns / quadColumns;
  const blocksA = (rows / 4) * (depth / 4);
  const stage = (side: 'a' | 'b', extent: number) =>
    unroll(4, (j) => `staged_${side}[(inner + ${j}u) * ${extent / 4}u + outer] = block[${j}];`, '\n        ');
  const sum = (row: number, quad: number) => `sum${row}_${quad}`;
  const eachSum = (line: (row: number, quad: number) => string) =>
    unroll(threadRows, (row) => unroll(quadColumns, (quad) => line(row, quad)), '\n  ');
  return {
    workgroup: threads,
    subgroups: false,
    declarations: `var<workgroup> staged_a: array<vec4f, ${(rows / 4) * depth}>;
var<workgroup> staged_b: array<vec4f, ${(columns / 4) * depth}>;`,
    main: `
  // Half of the threads stage blocks of A, the others of B.
  let stagesA = lane < ${blocksA}u;
  let block_index = select(lane - ${blocksA}u, lane, stagesA);
  let outer = block_index / ${depth / 4}u;
  let inner = (block_index % ${depth / 4}u) * 4u;
  let rows = rows_a(min(part.row + outer * 4u, params.m - 1u), params.m, part.baseA);
  let columns = rows_b(min(part.column + outer * 4u, params.n - 1u), params.n, part.baseB);
  let threadRow = (lane / ${columns / threadColumns}u) * 4u;
  let threadColumn = (lane % ${columns / threadColumns}u) * 4u;
  ${eachSum((row, quad) => `var ${sum(row, quad)} = vec4f();`)}
  ${walkSource(
    depth,
    `let runsA = taps_a(rows, tap);
    let runsB = taps_b(columns, tap);`,
    `workgroupBarrier();
      if (stagesA) {
        let block = block_a(runsA, c + inner);
        ${stage('a', rows)}
      } else {
        let block = block_b(runsB, c + inner);
        ${stage('b', columns)}
      }
      workgroupBarrier();
      for (var k = 0u; k < ${depth}u; k++) {
        ${unroll(quadRows, (q) => `let a${q} = staged_a[k * ${rows / 4}u + (threadRow + ${q * rowStep}u) / 4u];`)}
        ${unroll(quadColumns, (q) => `let b${q} = staged_b[k * ${columns / 4}u + (threadColumn + ${q * columnStep}u) / 4u];`)}
        ${eachSum((row, quad) => `${sum(row, quad)} = fma(vec4f(a${Math.floor(row / 4)}.${'xyzw'[row % 4]}), b${quad}, ${sum(row, quad)});`)}
      }`,
  )}
  ${eachSum(
    (row, quad) =>
      `store_tile(part, part.row + threadRow + ${Math.floor(row / 4) * rowStep + (row % 4)}u, part.column + threadColumn + ${quad * columnStep}u, ${sum(row, quad)});`,
  )}`,
  };
}

export function gemmBody(text: GemmText): GemmBody {
  const { tile } = text;
  switch (tile.kind) {
    case 'broadcast':
      return broadcastBody(tile);
    case 'shared':
      return sharedBody(tile);
    case 'matrix':
      return matrixBody(text, tile);
  }
}
