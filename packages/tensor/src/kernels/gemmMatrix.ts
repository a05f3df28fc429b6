import { loadMatrix, multiplyAccumulate, storeSum, sumType } from '../gpu/matrixUnits.ts';
import { type GemmBody, type Tile, unroll } from './gemmBody.ts';
import type { GemmText } from './gemmKernel.ts';
import { type OperandText, stripShape } from './gemmOperand.ts';

/** Halves between the staged rows beyond their length, so that they start in different banks. */
const PAD = 8;
/** Halves that a thread stages at once: a strip. */
const STRIP = 16;

/**
 * Both operands are staged in workgroup memory as halves, each outer index with its inner elements side by side, which
 * is how the lanes of AMD's and NVIDIA's matrix units hold them. The next step's elements are loaded while this one's
 * are multiplied. The sums go through workgroup memory, one unit of every subgroup at a time.
 */
export function matrixBody(text: GemmText, tile: Tile<'matrix'>): GemmBody {
  const { rows, columns, depth, unit, subgroupSize, subgroupRows, subgroupColumns, buffers } = tile;
  const subgroups = (rows / subgroupRows) * (columns / subgroupColumns);
  const threads = subgroups * subgroupSize;
  const stride = depth + PAD;
  const [unitRows, unitColumns] = [subgroupRows / unit.m, subgroupColumns / unit.n];
  const a = stagingOf(text.a, 'rows', rows, tile, threads);
  const b = stagingOf(text.b, 'columns', columns, tile, threads);
  const eachUnit = (line: (row: number, column: number) => string) =>
    unroll(unitRows, (row) => unroll(unitColumns, (column) => line(row, column)), '\n  ');
  const load = (operand: 'left' | 'right', index: number, k: number) => {
    const [side, order, edge] =
      operand === 'left' ? (['a', 'row_major', unit.m] as const) : (['b', 'col_major', unit.n] as const);
    return loadMatrix(
      operand,
      order,
      `staged_${side}`,
      `${operand}Start + ${index * edge * stride + k}u`,
      `${stride}u`,
      unit,
    );
  };
  const multiply = (k: number) => `{
        ${unroll(unitColumns, (i) => `let right${i} = ${load('right', i, k)};`, '\n        ')}
        ${unroll(
          unitRows,
          (row) => `let left${row} = ${load('left', row, k)};
        ${unroll(unitColumns, (column) => multiplyAccumulate(`left${row}`, `right${column}`, `sum${row}_${column}`), '\n        ')}`,
          '\n        ',
        )}
      }`;
  return {
    workgroup: threads,
    subgroups: true,
    declarations: `var<workgroup> staged_a: array<f16, ${rows * stride * buffers}>;
var<workgroup> staged_b: array<f16, ${columns * stride * buffers}>;
var<workgroup> staged_sums: array<f32, ${unit.m * unit.n * subgroups}>;`,
    main: `
  ${a.positions}
  ${b.positions}
  let subgroup = subgroupBroadcastFirst(lane / ${subgroupSize}u);
  let subgroupRow = subgroup / ${columns / subgroupColumns}u * ${subgroupRows}u;
  let subgroupColumn = subgroup % ${columns / subgroupColumns}u * ${subgroupColumns}u;
  ${eachUnit((row, column) => `var sum${row}_${column}: ${sumType(unit)};`)}
  var tap = part.tap;
  var c = part.c;
  ${a.runs('var')}
  ${b.runs('var')}
  ${a.fetch('var')}
  ${b.fetch('var')}
  ${buffers === 2 ? 'var buffer = 0u;' : ''}
  while (tap < part.tapEnd) {
    ${buffers === 2 ? '' : 'workgroupBarrier();'}
    ${a.stage}
    ${b.stage}
    workgroupBarrier();
    c += ${depth}u;
    if (c >= part.cEnd) {
      c = part.c;
      tap++;
      ${a.runs('next')}
      ${b.runs('next')}
    }
    if (tap < part.tapEnd) {
      ${a.fetch('next')}
      ${b.fetch('next')}
    }
    let leftStart = subgroupRow * ${stride}u${buffers === 2 ? ` + buffer * ${rows * stride}u` : ''};
    let rightStart = subgroupColumn * ${stride}u${buffers === 2 ? ` + buffer * ${columns * stride}u` : ''};
    ${unroll(depth / unit.k, (step) => multiply(step * unit.k), '\n      ')}
    ${buffers === 2 ? 'buffer = 1u - buffer;' : ''}
  }
  let sums = subgroup * ${unit.m * unit.n}u;
  ${eachUnit(
    (row, column) => `workgroupBarrier();
  ${storeSum(`sum${row}_${column}`, 'staged_sums', 'sums', unit.n)}
  workgroupBarrier();
  for (var i = (lane % ${subgroupSize}u) * 4u; i < ${unit.m * unit.n}u; i += ${4 * subgroupSize}u) {
    let j = sums + i;
    let sum = vec4f(staged_sums[j], staged_sums[j + 1u], staged_sums[j + 2u], staged_sums[j + 3u]);
    store_tile(part, part.row + subgroupRow + ${row * unit.m}u + i / ${unit.n}u, part.column + subgroupColumn + ${column * unit.n}u + i % ${unit.n}u, sum);
  }`,
  )}`,
  };
}

/** How the threads of a workgroup bring one operand's part of a step into workgroup memory. */
interface Staging {
  /** Where each strip of a thread lies. */
  readonly positions: string;
  /** The strips' runs at `tap`; `var` also declares them. */
  runs(mode: 'var' | 'next'): string;
  /** Loads the strips at `c` into registers. */
  fetch(mode: 'var' | 'next'): string;
  /** Writes them to workgroup memory. */
  readonly stage: string;
}

function stagingOf(
  text: OperandText,
  outerName: 'rows' | 'columns',
  extent: number,
  { depth, buffers }: Tile<'matrix'>,
  threads: number,
): Staging {
  const { side } = text;
  const { outers, vectors } = stripShape(text);
  const stride = depth + PAD;
  const perOuter = depth / (4 * vectors);
  const passes = (extent * depth) / STRIP / threads;
  const [first, count] = side === 'a' ? ['part.row', 'params.m'] : ['part.column', 'params.n'];
  const base = `part.base${side.toUpperCase()}`;
  const each = (line: (pass: number) => string) => unroll(passes, line, '\n  ');
  const assign = (mode: 'var' | 'next', name: string, value: string) =>
    mode === 'var' ? `var ${name} = ${value};` : `${name} = ${value};`;
  const place = buffers === 2 ? ` + buffer * ${extent * stride}u` : '';
  return {
    positions: each(
      (pass) => `let outer_${side}${pass} = (lane + ${pass * threads}u) / ${perOuter}u * ${outers}u;
  let inner_${side}${pass} = (lane + ${pass * threads}u) % ${perOuter}u * ${4 * vectors}u;
  let ${outerName}${pass} = rows_${side}(min(${first} + outer_${side}${pass}, ${count} - 1u), ${count}, ${base});`,
    ),
    runs: (mode) =>
      each((pass) => assign(mode, `runs_${side}${pass}`, `taps_${side}(${outerName}${pass}, tap)`)),
    fetch: (mode) =>
      each((pass) =>
        assign(mode, `strip_${side}${pass}`, `strip_${side}(runs_${side}${pass}, c + inner_${side}${pass})`),
      ),
    stage: each(
      (pass) => `let to_${side}${pass} = outer_${side}${pass} * ${stride}u + inner_${side}${pass}${place};
    ${unroll(
      STRIP,
      (i) => {
        const vector = Math.floor(i / 4);
        const at = Math.floor(vector / vectors) * stride + (vector % vectors) * 4 + (i % 4);
        return `staged_${side}[to_${side}${pass} + ${at}u] = strip_${side}${pass}[${vector}][${i % 4}];`;
      },
      '\n    ',
    )}`,
    ),
  };
}
