import { subgroupsOfSlice, threadsOf } from '../gpu/gemmTile.ts';
import { HALVES_PAD, loadMatrix, multiplyAccumulate, storeSum, sumType } from '../gpu/matrixUnits.ts';
import { each } from './each.ts';
import type { GemmBody, GemmText, Tile } from './gemmBody.ts';
import { type OperandText, pieceShape } from './gemmOperand.ts';
import { type Piece, stagingOf } from './gemmStaging.ts';
import { walkSource } from './gemmWalk.ts';

/**
 * Both operands are staged in workgroup memory as halves, each outer index with its inner elements side by side: a lane
 * of AMD's and NVIDIA's matrix units takes them by wide loads. The sums go through workgroup memory, one unit of every
 * subgroup at a time, where those of the slices meet.
 */
export function matrixBody(text: GemmText, tile: Tile<'matrix'>): GemmBody {
  const { rows, columns, depth, unit, subgroupSize, subgroupRows, subgroupColumns, slices, buffers } = tile;
  const places = subgroupsOfSlice(tile);
  const threads = threadsOf(tile);
  const stride = depth + HALVES_PAD;
  const unitSize = unit.m * unit.n;
  const bufferAt = (extent: number) => (buffers === 2 ? ` + buffer * ${extent * stride}u` : '');
  const staging = (operand: OperandText, extent: number) =>
    stagingOf({
      text: operand,
      extent,
      depth,
      threads,
      store: (piece) => storePiece(operand, piece, stride, bufferAt(extent)),
    });
  const [a, b] = [staging(text.a, rows), staging(text.b, columns)];
  const store = text.activation === 'geglu' ? storePairs : storeUnit;
  const eachUnit = (line: (row: number, column: number) => string) =>
    each(subgroupRows / unit.m, (row) => each(subgroupColumns / unit.n, (column) => line(row, column)));
  return {
    workgroup: threads,
    subgroups: true,
    declarations: `var<workgroup> staged_a: array<f16, ${rows * stride * buffers}>;
var<workgroup> staged_b: array<f16, ${columns * stride * buffers}>;
var<workgroup> staged_sums: array<f32, ${unitSize * places * slices}>;
${sumsSource(unitSize * places, slices)}`,
    main: `
  ${a.positions}
  ${b.positions}
  let subgroup = subgroupBroadcastFirst(lane / ${subgroupSize}u);
  let place = ${slices > 1 ? `subgroup % ${places}u` : 'subgroup'};
  let subgroupRow = place / ${columns / subgroupColumns}u * ${subgroupRows}u;
  let subgroupColumn = place % ${columns / subgroupColumns}u * ${subgroupColumns}u;
  ${eachUnit((row, column) => `var sum${row}_${column}: ${sumType(unit)};`)}
  ${walkSource({
    depth,
    buffers,
    runs: (mode) => `${a.runs(mode)}\n  ${b.runs(mode)}`,
    fetch: (mode) => `${a.fetch(mode)}\n  ${b.fetch(mode)}`,
    stage: `${a.stage}\n    ${b.stage}`,
    multiply: `let startA = subgroupRow * ${stride}u${bufferAt(rows)}${sliceStart(tile)};
    let startB = subgroupColumn * ${stride}u${bufferAt(columns)}${sliceStart(tile)};
    ${each(depth / slices / unit.k, (i) => multiplySource(tile, stride, i * unit.k))}`,
  })}
  let sums = place * ${unitSize}u;
  ${eachUnit(
    (row, column) => `workgroupBarrier();
  ${storeSum(`sum${row}_${column}`, 'staged_sums', `subgroup * ${unitSize}u`, unit.n)}
  workgroupBarrier();
  ${store(tile, row, column)}`,
  )}`,
  };
}

/** `sums_at(i)`: four neighbouring sums, those of all slices added in order. */
function sumsSource(sliceSize: number, slices: number): string {
  const element = (i: string) =>
    Array.from({ length: slices }, (_, slice) => `staged_sums[${i} + ${slice * sliceSize}u]`).join(' + ');
  return `fn sums_at(i: u32) -> vec4f {
  return vec4f(${[0, 1, 2, 3].map((j) => element(`i + ${j}u`)).join(', ')});
}`;
}

/** WGSL of where a slice begins within a step. */
function sliceStart(tile: Tile<'matrix'>): string {
  const { depth, slices } = tile;
  return slices > 1 ? ` + subgroup / ${subgroupsOfSlice(tile)}u * ${depth / slices}u` : '';
}

/** WGSL of a loop over one unit of a place's sums, `width` columns a lane; the lanes of all slices share them out. */
function eachSum(tile: Tile<'matrix'>, row: number, column: number, width: 4 | 8, store: string): string {
  const { unit, subgroupSize, slices } = tile;
  const laneOfSlices = `lane % ${subgroupSize}u + subgroup / ${subgroupsOfSlice(tile)}u * ${subgroupSize}u`;
  const start = slices > 1 ? laneOfSlices : `lane % ${subgroupSize}u`;
  const step = width * subgroupSize * slices;
  return `for (var i = (${start}) * ${width}u; i < ${unit.m * unit.n}u; i += ${step}u) {
    let tile_row = part.row + subgroupRow + ${row * unit.m}u + i / ${unit.n}u;
    let tile_column = part.column + subgroupColumn + ${column * unit.n}u + i % ${unit.n}u;
    ${store}
  }`;
}

function storeUnit(tile: Tile<'matrix'>, row: number, column: number): string {
  return eachSum(tile, row, column, 4, 'store_tile(part, tile_row, tile_column, sums_at(sums + i));');
}

/** The same for `geglu`: four columns of values and four of gates a lane. */
function storePairs(tile: Tile<'matrix'>, row: number, column: number): string {
  const store = 'store_pair(part, tile_row, tile_column, sums_at(sums + i), sums_at(sums + i + 4u));';
  return eachSum(tile, row, column, 8, store);
}

/** Element by element, which compilers join: an array that matrices are loaded from has elements of their type. */
function storePiece(
  text: OperandText,
  { value, outer, inner }: Piece,
  stride: number,
  buffer: string,
): string {
  const { vectors } = pieceShape(text);
  const elements = each(16, (i) => {
    const vector = i >> 2;
    const at = Math.floor(vector / vectors) * stride + (vector % vectors) * 4 + (i & 3);
    return `staged_${text.side}[to + ${at}u] = ${value}[${vector}][${i & 3}];`;
  });
  return `{ let to = ${outer} * ${stride}u + ${inner}${buffer};\n  ${elements} }`;
}

/** Multiplies the subgroup's rows and columns over one unit of the inner dimension, from `k` on in the step. */
function multiplySource(tile: Tile<'matrix'>, stride: number, k: number): string {
  const { unit, subgroupRows, subgroupColumns } = tile;
  const left = (row: number) =>
    loadMatrix('left', 'row_major', 'staged_a', `startA + ${row * unit.m * stride + k}u`, stride, unit);
  const right = (column: number) =>
    loadMatrix('right', 'col_major', 'staged_b', `startB + ${column * unit.n * stride + k}u`, stride, unit);
  const columns = subgroupColumns / unit.n;
  return `{
    ${each(columns, (column) => `let right${column} = ${right(column)};`)}
    ${each(
      subgroupRows / unit.m,
      (row) => `let left${row} = ${left(row)};
    ${each(columns, (column) => multiplyAccumulate(`left${row}`, `right${column}`, `sum${row}_${column}`))}`,
    )}
  }`;
}
