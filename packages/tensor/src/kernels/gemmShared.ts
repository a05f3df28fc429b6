import { each } from './each.ts';
import type { GemmBody, GemmText, Tile } from './gemmBody.ts';
import type { OperandText } from './gemmOperand.ts';
import { type Piece, stagingOf } from './gemmStaging.ts';
import { walkSource } from './gemmWalk.ts';

/** Both operands are staged in workgroup memory; a thread's rows and columns lie in runs of four across the tile. */
export function sharedBody(text: GemmText, tile: Tile<'shared'>): GemmBody {
  const { rows, columns, depth, threadRows, threadColumns } = tile;
  const threads = (rows / threadRows) * (columns / threadColumns);
  const [quadRows, quadColumns] = [threadRows / 4, threadColumns / 4];
  const rowStep = rows / quadRows;
  const columnStep = columns / quadColumns;
  const staging = (operand: OperandText, extent: number) =>
    stagingOf({
      text: operand,
      extent,
      depth,
      threads,
      store: (piece) => storePiece(operand, piece, extent),
    });
  const [a, b] = [staging(text.a, rows), staging(text.b, columns)];
  const sum = (row: number, quad: number) => `sum${row}_${quad}`;
  const eachSum = (line: (row: number, quad: number) => string) =>
    each(threadRows, (row) => each(quadColumns, (quad) => line(row, quad)));
  return {
    workgroup: threads,
    subgroups: false,
    declarations: `var<workgroup> staged_a: array<vec4f, ${(rows / 4) * depth}>;
var<workgroup> staged_b: array<vec4f, ${(columns / 4) * depth}>;`,
    main: `
  ${a.positions}
  ${b.positions}
  let threadRow = (lane / ${columns / threadColumns}u) * 4u;
  let threadColumn = (lane % ${columns / threadColumns}u) * 4u;
  ${eachSum((row, quad) => `var ${sum(row, quad)} = vec4f();`)}
  ${walkSource({
    depth,
    buffers: 1,
    runs: (mode) => `${a.runs(mode)}\n  ${b.runs(mode)}`,
    fetch: (mode) => `${a.fetch(mode)}\n  ${b.fetch(mode)}`,
    stage: `${a.stage}\n    ${b.stage}`,
    multiply: `for (var k = 0u; k < ${depth}u; k++) {
      ${each(quadRows, (q) => `let a${q} = staged_a[k * ${rows / 4}u + (threadRow + ${q * rowStep}u) / 4u];`)}
      ${each(quadColumns, (q) => `let b${q} = staged_b[k * ${columns / 4}u + (threadColumn + ${q * columnStep}u) / 4u];`)}
      ${eachSum((row, quad) => `${sum(row, quad)} = fma(vec4f(a${row >> 2}.${'xyzw'[row & 3]}), b${quad}, ${sum(row, quad)});`)}
    }`,
  })}
  ${eachSum(
    (row, quad) =>
      `store_tile(part, part.row + threadRow + ${(row >> 2) * rowStep + (row & 3)}u, part.column + threadColumn + ${quad * columnStep}u, ${sum(row, quad)});`,
  )}`,
  };
}

function storePiece({ side }: OperandText, { value, outer, inner }: Piece, extent: number): string {
  return each(
    4,
    (j) => `staged_${side}[(${inner} + ${j}u) * ${extent / 4}u + ${outer} / 4u] = ${value}[${j}];`,
  );
}
