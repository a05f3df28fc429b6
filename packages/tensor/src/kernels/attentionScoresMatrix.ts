import { type MatrixScoresTile, type ScoresLayout, scoresLayout } from '../gpu/attentionScoresTile.ts';
import { loadMatrix, multiplyAccumulate, storeSum, sumType } from '../gpu/matrixUnits.ts';
import { headDims, MASK_DECLARATIONS, type ScoreOperands } from './attentionScores.ts';
import { halvesAccess, type Staging, scoresStaging } from './attentionStaging.ts';
import { INDICES } from './attentionText.ts';
import { type HeadsVariant, headsVariant } from './attentionVariant.ts';
import { each } from './each.ts';
import { type Binding, type KernelSpec, readsHalves } from './wgsl.ts';

export interface MatrixScoresVariant extends HeadsVariant {
  readonly tile: MatrixScoresTile;
  /** Parts of `tile.depth` elements that a head has. */
  readonly parts: number;
}

/** Which tiles of scores a workgroup computes, one after the other, in WGSL. */
export interface ScoresWalk {
  /** Head of a `for` that declares `head` or `j`, the first key of a tile; the other is known before. */
  readonly loop: string;
  /** The first tile: its head and first key. */
  readonly first: readonly [head: string, key: string];
  /** What follows the tile of `head` and `j`. It is loaded after the last one as well. */
  readonly next: readonly [head: string, key: string];
  /** What a lane needs to know of its row, loaded before a tile is multiplied. */
  readonly ofRow?: string;
}

/** The variant for `operands`; null where scores are not computed in matrix units. */
export function matrixScoresVariant(operands: ScoreOperands): MatrixScoresVariant | null {
  const { query } = operands;
  const [, , , headSize] = headDims(query);
  const tile = query.dtype === 'f16' ? query.device.tuning.matrixScores(headSize) : null;
  return tile && { ...headsVariant(operands), tile, parts: Math.ceil(headSize / tile.depth) };
}

/**
 * The WGSL of kernels over tiles of scores in matrix units. A lane has `laneColumns` scores of one `row` of the tile in
 * each of the rounds. Reads `batch`.
 */
export class MatrixScoresText {
  readonly layout: ScoresLayout;
  readonly inputs: readonly Binding[];
  private readonly tile: MatrixScoresTile;
  private readonly masked: boolean;
  private readonly query: Staging;
  private readonly key: Staging;
  private readonly rowUnits: number;

  constructor(private readonly variant: MatrixScoresVariant) {
    const { tile, width, maskDtype } = variant;
    this.tile = tile;
    this.layout = scoresLayout(tile);
    this.masked = maskDtype !== null;
    this.inputs = ['query', 'key'].map((name) => readsHalves(name, width));
    this.query = scoresStaging('query', tile, this.layout, width);
    this.key = scoresStaging('key', tile, this.layout, width);
    this.rowUnits = tile.subgroupRows / tile.unit.m;
  }

  /** What the kernel needs beside bindings, params and text. */
  get settings(): Pick<KernelSpec, 'workgroup' | 'subgroups' | 'subgroupSize' | 'matrixUnits'> {
    return {
      workgroup: [this.layout.threads, 1, 1],
      subgroups: true,
      subgroupSize: this.tile.pin,
      matrixUnits: true,
    };
  }

  get declarations(): string {
    const { rows, columns } = this.tile;
    const { stride, scoreStride } = this.layout;
    return `${INDICES}
${this.inputs.map(({ name }) => halvesAccess(name, this.variant.width)).join('\n')}
${this.masked ? MASK_DECLARATIONS : ''}
// A part of a head, for the keys from \`key\` on.
struct Step { head: u32, key: u32, part: u32 }
// Queries, then keys.
var<workgroup> staged: array<f16, ${(rows + columns) * stride}>;
var<workgroup> scores: array<f32, ${rows * scoreStride}>;`;
  }

  /** Where the lane's scores lie. `first_row`: the tile's first query. */
  get positions(): string {
    const { rows, subgroupRows, subgroupSize } = this.tile;
    const { rowLanes, laneColumns, scoreStride } = this.layout;
    return `let first_row = group.x * ${rows}u;
  let band = subgroupBroadcastFirst(lane / ${subgroupSize}u) * ${subgroupRows}u;
  let row = lane / ${rowLanes}u;
  let lane_column = lane % ${rowLanes}u * ${laneColumns}u;
  let at_scores = row * ${scoreStride}u + lane_column;
  let visible = select(params.columns, min(params.columns, first_row + row + 1u), params.causal != 0u);
  ${this.query.positions}
  ${this.key.positions}`;
  }

  /** Runs over tiles. `lanes` is what a lane does with its scores `s<t>` of a round, from key number `column` on. */
  walk({ loop, first, next, ofRow = '' }: ScoresWalk, lanes: (round: number) => string): string {
    const { parts } = this.variant;
    const following = `Step(${next.join(', ')}, 0u)`;
    const part = `workgroupBarrier();
      ${this.query.stage}
      ${this.key.stage}
      workgroupBarrier();
      ${parts === 1 ? `let next = ${following};` : `var next = ${following};\n      if (part + 1u < ${parts}u) { next = Step(head, j, part + 1u); }`}
      ${this.query.fetch('next')}
      ${this.key.fetch('next')}
      ${this.products}`;
    // Tint does not make a matrix that is declared in a loop zero again, unless it is told to.
    return `${this.query.registers}
  ${this.key.registers}
  {
    let start = Step(${first.join(', ')}, 0u);
    ${this.query.fetch('start')}
    ${this.key.fetch('start')}
  }
  for (${loop}) {
    ${ofRow}
    ${this.masked ? 'let maskRow = mask_row(batch, head, first_row + row);' : ''}
    ${this.eachScore((name) => `var ${name} = ${sumType(this.tile.unit)}();`)}
    ${parts === 1 ? `{ const part = 0u;\n      ${part}\n    }` : `for (var part = 0u; part < ${parts}u; part++) {\n      ${part}\n    }`}
    ${each(this.layout.rounds, (round) => this.round(round, lanes(round)))}
  }`;
  }

  eachColumn(text: (t: number) => string): string {
    return each(this.layout.laneColumns, text);
  }

  /** Whether the lane's column `t` is hidden, by a mask or its place. */
  isHidden(t: number): string {
    return `(hidden & ${2 ** t}u) != 0u`;
  }

  /** The key of the lane's first score in `round`. */
  columnOf(round: number): string {
    return `j + ${round * this.tile.storedColumns}u + lane_column`;
  }

  private eachScore(text: (name: string, row: number, column: number) => string): string {
    const { columns, unit } = this.tile;
    return each(this.rowUnits, (r) => each(columns / unit.n, (c) => text(`score${r}_${c}`, r, c)));
  }

  /** Adds what a part of the head gives. */
  private get products(): string {
    const { rows, columns, depth, unit } = this.tile;
    const { stride } = this.layout;
    const query = (row: number, step: number) =>
      loadMatrix(
        'left',
        'row_major',
        'staged',
        `(band + ${row * unit.m}u) * ${stride}u + ${step * unit.k}u`,
        stride,
        unit,
      );
    const key = (column: number, step: number) =>
      loadMatrix(
        'right',
        'col_major',
        'staged',
        `${(rows + column * unit.n) * stride + step * unit.k}u`,
        stride,
        unit,
      );
    return each(
      depth / unit.k,
      (step) => `{ ${each(this.rowUnits, (r) => `let query${r} = ${query(r, step)};`)}
      ${each(columns / unit.n, (c) => `let key${c} = ${key(c, step)};`)}
      ${this.eachScore((name, r, c) => multiplyAccumulate(`query${r}`, `key${c}`, name))} }`,
    );
  }

  /** A subgroup's own scores reach its lanes. */
  private round(round: number, lanes: string): string {
    const { storedColumns, unit } = this.tile;
    const { scoreStride, rounds, laneColumns } = this.layout;
    const first = (round * storedColumns) / unit.n;
    const store = this.eachScore((name, r, c) =>
      c < first || c >= first + storedColumns / unit.n
        ? ''
        : storeSum(
            name,
            'scores',
            `(band + ${r * unit.m}u) * ${scoreStride}u + ${(c - first) * unit.n}u`,
            scoreStride,
          ),
    );
    return `${store}
    workgroupBarrier();
    {
      let column = ${this.columnOf(round)};
      let seen = visible - min(visible, column);
      // A bit a column.
      var hidden = 0u;
      if (seen < ${laneColumns}u) { hidden = 0xffffffffu << seen; }
      ${this.eachColumn((t) => `var s${t} = scores[at_scores + ${t}u] * params.scale;`)}
      ${this.masked ? this.eachColumn((t) => `{ let mask = mask_at(maskRow, column + ${t}u);\n      s${t} += mask;\n      hidden |= select(0u, ${2 ** t}u, hides(mask)); }`) : ''}
      if (hidden != 0u) {
        ${this.eachColumn((t) => `s${t} = select(s${t}, LOWEST, ${this.isHidden(t)});`)}
      }
      ${lanes}
    }
    ${round + 1 < rounds ? 'workgroupBarrier();' : ''}`;
  }
}
