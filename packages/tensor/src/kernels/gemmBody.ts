import type { GemmTile } from '../gpu/gemmTuning.ts';
import { loadMatrix, multiplyAccumulate, storeSum, sumType } from '../gpu/matrixUnits.ts';

/** Body of a product's kernel: the tile a workgroup computes, from the operands' accessors to `store_tile`. */
export interface GemmBody {
  readonly workgroup: number;
  readonly declarations: string;
  readonly main: string;
  readonly subgroups: boolean;
}

type Tile<K extends GemmTile['kind']> = Extract<GemmTile, { kind: K }>;

function unroll(count: number, line: (i: number) => string, separator = '\n  '): string {
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

/** Halves between the staged rows beyond their extent, so that they start in different banks. */
const PITCH = 8;

/**
 * Both operands are staged in workgroup memory as halves, a 4 x 4 block of either by every thread; matrix units
 * multiply them. The sums go through workgroup memory, a square of every subgroup at a time.
 */
function matrixBody(tile: Tile<'matrix'>): GemmBody {
  const { rows, columns, depth, unit, subgroupSize, subgroupRows, subgroupColumns } = tile;
  const subgroups = (rows / subgroupRows) * (columns / subgroupColumns);
  const [strideA, strideB] = [rows + PITCH, columns + PITCH];
  const [unitRows, unitColumns] = [subgroupRows / unit, subgroupColumns / unit];
  const square = unit * unit;
  const stage = (side: 'a' | 'b', stride: number) =>
    unroll(
      16,
      (i) =>
        `staged_${side}[(inner + ${i >> 2}u) * ${stride}u + outer + ${i & 3}u] = f16(${side}[${i >> 2}][${i & 3}]);`,
      '\n      ',
    );
  const eachUnit = (line: (row: number, column: number) => string) =>
    unroll(unitRows, (row) => unroll(unitColumns, (column) => line(row, column)), '\n  ');
  const offset = (first: string, unitIndex: number, stride: number) =>
    `k * ${stride}u + ${first} + ${unitIndex * unit}u`;
  return {
    workgroup: subgroups * subgroupSize,
    subgroups: true,
    declarations: `var<workgroup> staged_a: array<f16, ${strideA * depth}>;
var<workgroup> staged_b: array<f16, ${strideB * depth}>;
var<workgroup> staged_sums: array<f32, ${square * subgroups}>;`,
    main: `
  let outer = lane / ${depth / 4}u * 4u;
  let inner = (lane % ${depth / 4}u) * 4u;
  let rows = rows_a(min(part.row + outer, params.m - 1u), params.m, part.baseA);
  let columns = rows_b(min(part.column + outer, params.n - 1u), params.n, part.baseB);
  let subgroup = lane / ${subgroupSize}u;
  let subgroupRow = subgroup / ${columns / subgroupColumns}u * ${subgroupRows}u;
  let subgroupColumn = subgroup % ${columns / subgroupColumns}u * ${subgroupColumns}u;
  ${eachUnit((row, column) => `var sum${row}_${column}: ${sumType(unit)};`)}
  ${walkSource(
    depth,
    `let runsA = taps_a(rows, tap);
    let runsB = taps_b(columns, tap);`,
    `let a = block_a(runsA, c + inner);
      let b = block_b(runsB, c + inner);
      workgroupBarrier();
      ${stage('a', strideA)}
      ${stage('b', strideB)}
      workgroupBarrier();
      for (var k = 0u; k < ${depth}u; k += ${unit}u) {
        ${unroll(unitRows, (i) => `let left${i} = ${loadMatrix('left', 'col_major', 'staged_a', offset('subgroupRow', i, strideA), strideA, unit)};`, '\n        ')}
        ${unroll(unitColumns, (i) => `let right${i} = ${loadMatrix('right', 'row_major', 'staged_b', offset('subgroupColumn', i, strideB), strideB, unit)};`, '\n        ')}
        ${eachUnit((row, column) => multiplyAccumulate(`left${row}`, `right${column}`, `sum${row}_${column}`))}
      }`,
  )}
  let sums = subgroup * ${square}u;
  ${eachUnit(
    (row, column) => `workgroupBarrier();
  ${storeSum(`sum${row}_${column}`, 'staged_sums', 'sums', unit)}
  workgroupBarrier();
  for (var i = (lane % ${subgroupSize}u) * 4u; i < ${square}u; i += ${4 * subgroupSize}u) {
    let j = sums + i;
    let sum = vec4f(staged_sums[j], staged_sums[j + 1u], staged_sums[j + 2u], staged_sums[j + 3u]);
    store_tile(part, part.row + subgroupRow + ${row * unit}u + i / ${unit}u, part.column + subgroupColumn + ${column * unit}u + i % ${unit}u, sum);
  }`,
  )}`,
  };
}

export function gemmBody(tile: GemmTile): GemmBody {
  switch (tile.kind) {
    case 'broadcast':
      return broadcastBody(tile);
    case 'shared':
      return sharedBody(tile);
    case 'matrix':
      return matrixBody(tile);
  }
}
