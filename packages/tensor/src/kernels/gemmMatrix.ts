import { subgroupsOfSlice, threadsOf } from '../gpu/gemmTile.ts';
import { HALVES_PAD, loadMatrix, multiplyAccumulate, storeSum, sumType } from '../gpu/matrixUnits.ts';
import { each } from './each.ts';
import type { GemmBody, GemmText, Tile } from './gemmBody.ts';
import { type OperandText, pieceShape, wordsOfVector } from './gemmOperand.ts';
import { type Piece, stagingOf } from './gemmStaging.ts';
import { walkSource } from './gemmWalk.ts';
import { storeHalves } from './storeHalves.ts';

/**
 * Both operands are staged in workgroup memory as halves, each outer index with its inner elements side by side, as a
 * lane of AMD's matrix units takes them by wide loads, or as they lie in memory: NVIDIA's units turn them as they load.
 * The sums go through workgroup memory, one unit of every subgroup at a time, where those of the slices meet.
 */
export function matrixBody(text: GemmText, tile: Tile<'matrix'>): GemmBody {
  const { rows, columns, depth, unit, subgroupSize, subgroupRows, subgroupColumns, slices, buffers } = tile;
  const places = subgroupsOfSlice(tile);
  const threads = threadsOf(tile);
  const unitSize = unit.m * unit.n;
  const [stagedA, stagedB] = [new Staged(text.a, rows, tile), new Staged(text.b, columns, tile)];
  const [a, b] = [stagedA.staging(threads), stagedB.staging(threads)];
  const store = text.activation === 'geglu' ? storePairs : storeUnit;
  const eachUnit = (line: (row: number, column: number) => string) =>
    each(subgroupRows / unit.m, (row) => each(subgroupColumns / unit.n, (column) => line(row, column)));
  return {
    workgroup: threads,
    subgroups: true,
    declarations: `var<workgroup> staged_a: array<f16, ${stagedA.size * buffers}>;
var<workgroup> staged_b: array<f16, ${stagedB.size * buffers}>;
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
    multiply: `let startA = ${stagedA.start('subgroupRow')};
    let startB = ${stagedB.start('subgroupColumn')};
    ${each(depth / slices / unit.k, (i) => multiplySource(tile, stagedA, stagedB, i * unit.k))}`,
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

/** One operand in workgroup memory, where its loads as matrices are from. */
class Staged {
  /** From one row of it to the next: of outer indices, or of inner ones. */
  private readonly stride: number;
  /** Whether a row holds outer indices side by side. */
  private readonly alongOuter: boolean;
  /** Halves of one buffer. */
  readonly size: number;

  constructor(
    private readonly text: OperandText,
    private readonly extent: number,
    private readonly tile: Tile<'matrix'>,
  ) {
    const { depth } = tile;
    this.alongOuter = text.read === 'band';
    this.stride = (this.alongOuter ? extent : depth) + HALVES_PAD;
    this.size = (this.alongOuter ? depth : extent) * this.stride;
  }

  staging(threads: number) {
    const { text, extent } = this;
    return stagingOf({
      text,
      extent,
      depth: this.tile.depth,
      threads,
      store: (piece) => this.storePiece(piece),
    });
  }

  /** WGSL of where a subgroup's part begins, from outer index `outer` of the tile on. */
  start(outer: string): string {
    const { tile, stride, alongOuter } = this;
    const { depth, slices } = tile;
    const slice = `subgroup / ${subgroupsOfSlice(tile)}u * ${(depth / slices) * (alongOuter ? stride : 1)}u`;
    return `${outer}${alongOuter ? '' : ` * ${stride}u`}${this.buffer}${slices > 1 ? ` + ${slice}` : ''}`;
  }

  /** WGSL of the matrix whose first outer index and first inner one are that far from the start. */
  load(operand: 'left' | 'right', start: string, outer: number, inner: number): string {
    const { text, stride, alongOuter, tile } = this;
    const at = alongOuter ? inner * stride + outer : outer * stride + inner;
    const order = (operand === 'left') === alongOuter ? 'col_major' : 'row_major';
    return loadMatrix(operand, order, `staged_${text.side}`, `${start} + ${at}u`, stride, tile.unit);
  }

  private get buffer(): string {
    return this.tile.buffers === 2 ? ` + buffer * ${this.size}u` : '';
  }

  private storePiece({ value, outer, inner }: Piece): string {
    const { text, stride, alongOuter } = this;
    const { vectors } = pieceShape(text);
    const [row, place] = alongOuter ? [inner, outer] : [outer, inner];
    const store = (i: number) => {
      const at = Math.floor(i / vectors) * stride + (i % vectors) * 4;
      return storeHalves(`staged_${text.side}`, `to + ${at}u`, wordsOfVector(value, i));
    };
    return `{ let to = ${row} * ${stride}u + ${place}${this.buffer};\n  ${each(4, store)} }`;
  }
}

/** `sums_at(i)`: four neighbouring sums, those of all slices added in order. */
function sumsSource(sliceSize: number, slices: number): string {
  const element = (i: string) =>
    Array.from({ length: slices }, (_, slice) => `staged_sums[${i} + ${slice * sliceSize}u]`).join(' + ');
  return `fn sums_at(i: u32) -> vec4f {
  return vec4f(${[0, 1, 2, 3].map((j) => element(`i + ${j}u`)).join(', ')});
}`;
}

/** WGSL of a loop over one unit of a place's sums, four columns a lane; the lanes of all slices share them out. */
function eachSum(tile: Tile<'matrix'>, row: number, columns: number, store: string): string {
  const { unit, subgroupSize, slices } = tile;
  const laneOfSlices = `lane % ${subgroupSize}u + subgroup / ${subgroupsOfSlice(tile)}u * ${subgroupSize}u`;
  const start = slices > 1 ? laneOfSlices : `lane % ${subgroupSize}u`;
  const quads = columns / 4;
  return `for (var i = ${start}; i < ${unit.m * quads}u; i += ${subgroupSize * slices}u) {
    let unit_row = i / ${quads}u;
    let unit_column = i % ${quads}u * 4u;
    let at = sums + unit_row * ${unit.n}u + unit_column;
    let tile_row = part.row + subgroupRow + ${row * unit.m}u + unit_row;
    ${store}
  }`;
}

function storeUnit(tile: Tile<'matrix'>, row: number, column: number): string {
  const { n } = tile.unit;
  const to = `part.column + subgroupColumn + ${column * n}u + unit_column`;
  return eachSum(tile, row, n, `store_tile(part, tile_row, ${to}, sums_at(at));`);
}

/** The same for `geglu`: the first half of a unit's columns are values, the second their gates. */
function storePairs(tile: Tile<'matrix'>, row: number, column: number): string {
  const half = tile.unit.n / 2;
  const to = `(part.column + subgroupColumn) / 2u + ${column * half}u + unit_column`;
  return eachSum(tile, row, half, `store_pair(part, tile_row, ${to}, sums_at(at), sums_at(at + ${half}u));`);
}

/** Multiplies the subgroup's rows and columns over one unit of the inner dimension, from `k` on in the step. */
function multiplySource(tile: Tile<'matrix'>, a: Staged, b: Staged, k: number): string {
  const { unit, subgroupRows, subgroupColumns } = tile;
  const left = (row: number) => a.load('left', 'startA', row * unit.m, k);
  const right = (column: number) => b.load('right', 'startB', column * unit.n, k);
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
