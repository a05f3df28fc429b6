import { type MatrixAttentionTile, type MatrixLayout, matrixLayout } from '../gpu/attentionMatrixTile.ts';
import { loadMatrix, loadSum, multiplyAccumulate, storeSum, sumType } from '../gpu/matrixUnits.ts';
import { MASK_DECLARATIONS, SCORE_PARAMS } from './attentionScores.ts';
import { softmaxText } from './attentionSoftmax.ts';
import { columnPositions, halvesAccess, headLoads, keyStaging, valueStaging } from './attentionStaging.ts';
import { headAccess, INDICES } from './attentionText.ts';
import { type HeadsVariant, maskBinding, TEXT_PARAMS, writesHeads } from './attentionVariant.ts';
import { each } from './each.ts';
import { defineKernel, type LoadWidth, readsHalves } from './wgsl.ts';

export interface MatrixVariant extends HeadsVariant {
  readonly tile: MatrixAttentionTile;
  /** Elements of a head, filled up to whole units. */
  readonly head: number;
  /** Of query, key and value. */
  readonly loadWidth: LoadWidth;
}

/** Elements that a load takes of heads of `headSize`, of which a tile can take eight where it stages them as they lie. */
export function loadWidthOf({ staged }: MatrixAttentionTile, headSize: number): LoadWidth {
  if (headSize % 4 !== 0) return 1;
  return staged === 'natural' && headSize % 8 === 0 ? 8 : 4;
}

/** Attention in matrix units, as `attentionForward` has it. */
export const matrixForwardKernel = defineKernel((variant: MatrixVariant) => {
  const { tile, head, loadWidth } = variant;
  const layout = matrixLayout(tile, head);
  const masked = variant.maskDtype !== null;
  const inputs = ['query', 'key', 'value'];
  const output = writesHeads('output', variant);
  const key = keyStaging(tile, layout, loadWidth);
  const value = valueStaging(tile, layout, loadWidth);
  const text = new MatrixText(tile, layout, loadWidth);
  const softmax = softmaxText(tile, layout, masked);
  return {
    name: 'attention',
    bindings: [
      ...inputs.map((name) => readsHalves(name, loadWidth)),
      ...maskBinding(variant),
      output,
      { name: 'statistics', dtype: 'f32', width: 1, access: 'write' },
    ],
    params: { ...TEXT_PARAMS, ...SCORE_PARAMS },
    workgroup: [layout.threads, 1, 1],
    subgroups: true,
    subgroupSize: tile.pin,
    matrixUnits: true,
    declarations: [
      INDICES,
      ...inputs.map((name) => halvesAccess(name, loadWidth)),
      headAccess(output, true),
      masked ? MASK_DECLARATIONS : '',
      text.declarations,
    ].join('\n'),
    main: `
  let head = group.y;
  let batch = group.z;
  let first_row = group.x * ${tile.rows}u;
  let end = select(params.columns, min(params.columns, first_row + ${tile.rows}u), params.causal != 0u);
  ${text.positions}
  ${softmax.start}
  ${columnPositions(loadWidth)}
  ${key.positions}
  ${value.positions}
  ${key.registers}
  ${value.registers}
  ${key.fetch('0u')}
  ${text.query}
  workgroupBarrier();
  ${key.stage}
  ${value.fetch('0u')}
  ${key.fetch(`${tile.columns}u`)}
  workgroupBarrier();
  for (var j = 0u; j < end; j += ${tile.columns}u) {
    ${text.scores}
    workgroupBarrier();
    ${softmax.step}
    ${value.stage}
    ${tile.buffers === 2 ? key.stage : ''}
    if (workgroupUniformLoad(&grown[0]) == j + 1u && j > 0u) {
      ${text.rescale}
      workgroupBarrier();
    }
    ${value.fetch(`(j + ${tile.columns}u)`)}
    ${tile.buffers === 2 ? key.fetch(`(j + ${2 * tile.columns}u)`) : ''}
    ${text.sums}
    ${tile.buffers === 2 ? '' : `workgroupBarrier();\n    ${key.stage}\n    workgroupBarrier();\n    ${key.fetch(`(j + ${2 * tile.columns}u)`)}`}
  }
  ${softmax.end}
  ${text.output}`,
  };
});

/** What a subgroup multiplies: `slice` of the head, for the rows of its `band`. */
class MatrixText {
  private readonly rowUnits: number;
  private readonly sumUnits: number;
  /** Where a subgroup's scores begin. */
  private readonly own: number;

  constructor(
    private readonly tile: MatrixAttentionTile,
    private readonly layout: MatrixLayout,
    private readonly width: LoadWidth,
  ) {
    this.rowUnits = tile.subgroupRows / tile.unit.m;
    this.sumUnits = layout.slice / tile.unit.n;
    this.own = tile.subgroupRows * layout.scoreStride;
  }

  get declarations(): string {
    const { rows } = this.tile;
    const { staged, subgroups, weightStride } = this.layout;
    return `var<workgroup> staged: array<f16, ${staged}>;
// The scores of every subgroup's slice of the head; sums pass through them as well.
var<workgroup> scores: array<f32, ${subgroups * this.own}>;
var<workgroup> weights: array<f16, ${rows * weightStride}>;
var<workgroup> scales: array<f32, ${rows}>;
// First: number of the step, from 1 on, at which a row last took a new reference.
var<workgroup> grown: array<atomic<u32>, 4>;`;
  }

  get positions(): string {
    const { subgroupSize, split, subgroupRows } = this.tile;
    return `let subgroup = subgroupBroadcastFirst(lane / ${subgroupSize}u);
  let band = subgroup / ${split}u * ${subgroupRows}u;
  let slice = subgroup % ${split}u * ${this.layout.slice}u;
  let own = subgroup * ${this.own}u;
  ${this.eachSum((r, c) => `var sum${r}_${c}: ${sumType(this.tile.unit)};`)}`;
  }

  /** Loads the matrices of the query, through the memory of keys and values. */
  get query(): string {
    const { rows, split, unit } = this.tile;
    const { slice, staged, threads } = this.layout;
    const steps = slice / unit.k;
    const most = Math.floor((staged / rows - 8) / (split * unit.k));
    const chunk = Math.min(steps, Math.max(1, most)) * unit.k;
    const stride = split * chunk + 8;
    const size = this.width === 8 ? 8 : 4;
    const parts = chunk / size;
    const isInside = (c: number) => `first + ${c}u < params.headSize`;
    const element = (c: number) =>
      size === 8 ? `bitcast<vec4h>(loaded.${c < 4 ? 'xy' : 'zw'})[${c % 4}]` : `loaded[${c}]`;
    return each(steps, (step) => {
      const at = (step * unit.k) % chunk;
      const stage = `workgroupBarrier();
  for (var n = lane; n < ${rows * split * parts}u; n += ${threads}u) {
    let row = n / ${split * parts}u;
    let v = n % ${split * parts}u;
    let part = v / ${parts}u * ${slice / size}u + ${(step * unit.k) / size}u + v % ${parts}u;
    let first = part * ${size}u;
    let loaded = ${size === 8 ? 'words' : 'vector'}_query(row_index(batch, head, first_row + row) * ${headLoads(this.width)}, part);
    ${each(size, (c) => `staged[row * ${stride}u + v * ${size}u + ${c}u] = select(0.0h, ${element(c)}, ${isInside(c)});`)}
  }
  workgroupBarrier();`;
      const load = (row: number) =>
        loadMatrix(
          'left',
          'row_major',
          'staged',
          `(band + ${row * unit.m}u) * ${stride}u + subgroup % ${split}u * ${chunk}u + ${at}u`,
          stride,
          unit,
        );
      return `${at === 0 ? stage : ''}
  ${each(this.rowUnits, (row) => `let query${row}_${step} = ${load(row)};`)}`;
    });
  }

  /** Scores of the subgroup's slice, to workgroup memory. */
  get scores(): string {
    const { columns, unit } = this.tile;
    const { slice, keyStride } = this.layout;
    const columnUnits = columns / unit.n;
    const eachScore = (text: (row: number, column: number) => string) =>
      each(this.rowUnits, (row) => each(columnUnits, (column) => text(row, column)));
    const load = (step: number, column: number) =>
      loadMatrix(
        'right',
        'col_major',
        'staged',
        `slice + ${column * unit.n * keyStride + step * unit.k}u`,
        keyStride,
        unit,
      );
    // Tint does not make a matrix that is declared in a loop zero again, unless it is told to.
    return `{
      ${eachScore((row, column) => `var score${row}_${column} = ${sumType(unit)}();`)}
      ${each(
        slice / unit.k,
        (step) => `{ ${each(columnUnits, (column) => `let key${column} = ${load(step, column)};`)}
      ${eachScore((row, column) => multiplyAccumulate(`query${row}_${step}`, `key${column}`, `score${row}_${column}`))} }`,
      )}
      ${eachScore((row, column) => storeSum(`score${row}_${column}`, 'scores', this.placeOf(row, column), this.layout.scoreStride))}
    }`;
  }

  /** Adds weights times values. */
  get sums(): string {
    const { columns, unit, staged } = this.tile;
    const { valueStart, valueStride, weightStride } = this.layout;
    return each(columns / unit.k, (step) => {
      const weights = (row: number) =>
        loadMatrix(
          'left',
          'row_major',
          'weights',
          `(band + ${row * unit.m}u) * ${weightStride}u + ${step * unit.k}u`,
          weightStride,
          unit,
        );
      const values = (column: number) => {
        const [first, key] = [`(slice + ${column * unit.n}u)`, step * unit.k];
        return staged === 'natural'
          ? loadMatrix(
              'right',
              'row_major',
              'staged',
              `${valueStart + key * valueStride}u + ${first}`,
              valueStride,
              unit,
            )
          : loadMatrix(
              'right',
              'col_major',
              'staged',
              `${valueStart + key}u + ${first} * ${valueStride}u`,
              valueStride,
              unit,
            );
      };
      return `{
      ${each(this.rowUnits, (row) => `let weights${row} = ${weights(row)};`)}
      ${each(
        this.sumUnits,
        (column) => `{ let value = ${values(column)};
      ${each(this.rowUnits, (row) => multiplyAccumulate(`weights${row}`, 'value', `sum${row}_${column}`))} }`,
      )}
    }`;
    });
  }

  /** Multiplies every row's sums by its `scales`. */
  get rescale(): string {
    return this.eachRound((first, count) => {
      const { unit } = this.tile;
      const each4 = this.eachVector(
        count,
        (row) => `let scale = scales[band + ${row}];
        ${each(4, (c) => `scores[at + ${c}u] *= scale;`)}`,
      );
      return `${each4}
      workgroupBarrier();
      ${this.eachSum((r, c) =>
        c < first || c >= first + count
          ? ''
          : `sum${r}_${c} = ${loadSum('scores', this.placeOf(r, c - first), this.layout.scoreStride, unit)};`,
      )}`;
    });
  }

  /** Stores every row's sums, times its `scales`. */
  get output(): string {
    const { unit } = this.tile;
    return this.eachRound((first, count) =>
      this.eachVector(
        count,
        (row, column) => `let row = band + ${row};
        if (first_row + row < params.rows) {
          let sum = vec4f(scores[at], scores[at + 1u], scores[at + 2u], scores[at + 3u]);
          put_output(row_index(batch, head, first_row + row), (slice + ${first * unit.n}u + ${column}) / 4u, sum * scales[row]);
        }`,
      ),
    );
  }

  private placeOf(row: number, column: number): string {
    const { unit } = this.tile;
    return `own + ${row * unit.m * this.layout.scoreStride + column * unit.n}u`;
  }

  private eachSum(text: (row: number, column: number) => string): string {
    return each(this.rowUnits, (row) => each(this.sumUnits, (column) => text(row, column)));
  }

  /** Puts the subgroup's sums into its part of `scores`, as many columns of units as it has room for at a time. */
  private eachRound(text: (first: number, count: number) => string): string {
    const { columns, unit } = this.tile;
    const room = columns / unit.n;
    return each(Math.ceil(this.sumUnits / room), (round) => {
      const first = round * room;
      const count = Math.min(room, this.sumUnits - first);
      return `workgroupBarrier();
      ${each(this.rowUnits, (r) => each(count, (c) => storeSum(`sum${r}_${first + c}`, 'scores', this.placeOf(r, c), this.layout.scoreStride)))}
      workgroupBarrier();
      ${text(first, count)}`;
    });
  }

  /** Runs over what `eachRound` put there, four elements at a time: `at`, by row and column. */
  private eachVector(count: number, text: (row: string, column: string) => string): string {
    const { subgroupRows, subgroupSize, unit } = this.tile;
    const vectors = (count * unit.n) / 4;
    return `for (var i = lane % ${subgroupSize}u; i < ${subgroupRows * vectors}u; i += ${subgroupSize}u) {
        let at = own + i / ${vectors}u * ${this.layout.scoreStride}u + i % ${vectors}u * 4u;
        ${text(`i / ${vectors}u`, `i % ${vectors}u * 4u`)}
      }`;
  }
}
