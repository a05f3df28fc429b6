import { headVectors, type ScalarAttentionTile } from '../gpu/attentionTuning.ts';
import { AttentionText } from './attentionText.ts';
import { each } from './each.ts';

type BroadcastTile = Extract<ScalarAttentionTile, { kind: 'broadcast' }>;
type SharedTile = Extract<ScalarAttentionTile, { kind: 'shared' }>;

/** Room for heads of up to 160 and of up to 512, so that the heads of a model share a kernel; else exactly. */
const CAPACITIES = [40, 128];

/** vec4s of a head that a lane of `tile` must have room for. */
export function slicesOf(tile: ScalarAttentionTile, headSize: number): number {
  const vectors = headVectors(headSize);
  if (tile.kind === 'shared') return Math.ceil(vectors / tile.split);
  return CAPACITIES.find((capacity) => capacity >= vectors) ?? vectors;
}

/** The text for `tile`, where the bindings `streamed` stream. */
export function attentionText(
  tile: ScalarAttentionTile,
  slices: number,
  streamed: readonly string[],
): AttentionText {
  return tile.kind === 'broadcast' ? new BroadcastText(tile, slices) : new SharedText(tile, slices, streamed);
}

/** Columns come in blocks of one a lane, and every lane hands its own to the others. */
class BroadcastText extends AttentionText {
  readonly subgroups = true;
  readonly pin = null;
  /** A param, for software adapters unroll constant bounds, which takes them longer than it saves. */
  protected readonly sliceBound = 'params.vectors';
  protected readonly passesEnd = false;
  private readonly blocks: number;

  constructor(tile: BroadcastTile, slices: number) {
    super({ ...tile, lanes: tile.subgroupSize, split: 1, slices });
    this.blocks = Math.ceil(tile.columns / tile.subgroupSize);
  }

  get step(): string {
    return each(
      this.blocks,
      (b) => `let column${b} = column_index(batch, head, j + ${b * this.lanes}u + subgroup_lane);`,
    );
  }

  load(name: string): string {
    return each(this.blocks, (b) => `let ${name}${b} = vector_${name}(column${b}, v);`);
  }

  at(name: string, t: number): string {
    return `subgroupBroadcast(${name}${Math.floor(t / this.lanes)}, ${t % this.lanes}u)`;
  }

  columnValues(name: string, value: (index: string) => string): string {
    const blocks = each(this.blocks, (b) => `let ${name}_block${b} = ${value(`column${b}`)};`);
    return `${blocks}\n${this.eachColumn((t) => `let ${name}${t} = ${this.at(`${name}_block`, t)};`)}`;
  }

  sumParts(): string {
    return '';
  }

  protected streamDeclarations(): string {
    return '';
  }
}

/** Columns are staged in workgroup memory. */
class SharedText extends AttentionText {
  readonly subgroups: boolean;
  readonly pin: number | null;
  /** A constant, so that the slices stay in registers. */
  protected readonly sliceBound: string;
  protected readonly passesEnd = true;
  /** vec4s from one staged column to the next. */
  private readonly pitch: number;

  constructor(
    private readonly tile: SharedTile,
    slices: number,
    private readonly streamed: readonly string[],
  ) {
    super({ ...tile, slices });
    this.subgroups = tile.split > 1 && tile.sum === 'shuffle';
    this.pin = tile.pin;
    this.sliceBound = `${slices}u`;
    this.pitch = slices * tile.split;
  }

  get step(): string {
    return `workgroupBarrier();
    for (var n = lane; n < ${this.columns * this.pitch}u; n += ${this.lanes}u) {
      let source = column_index(batch, head, j + n / ${this.pitch}u);
${this.streamed.map((name) => `      tile_${name}[n] = vector_${name}(source, n % ${this.pitch}u);`).join('\n')}
    }
    workgroupBarrier();`;
  }

  load(): string {
    return '';
  }

  at(name: string, t: number): string {
    return `tile_${name}[${t * this.pitch}u + v]`;
  }

  columnValues(name: string, value: (index: string) => string): string {
    return this.eachColumn((t) => `let ${name}${t} = ${value(`column_index(batch, head, j + ${t}u)`)};`);
  }

  sumParts(...names: readonly string[]): string {
    if (this.split === 1) return '';
    const cells = names.flatMap((name) => this.eachCell((cell) => `${name}${cell}`).split('\n'));
    if (this.tile.sum === 'shuffle') return cells.map((cell) => `${cell} = sum_parts(${cell});`).join('\n');
    const write = cells.map((cell, n) => `parts[${n * this.lanes}u + lane] = ${cell};`);
    const read = cells.map((cell, n) => `${cell} = sum_parts(${n * this.lanes}u + lane - part);`);
    return [...write, 'workgroupBarrier();', ...read].join('\n');
  }

  protected streamDeclarations(sums: number): string {
    const tiles = this.streamed.map(
      (name) => `var<workgroup> tile_${name}: array<vec4f, ${this.columns * this.pitch}>;`,
    );
    return [...tiles, this.split > 1 && sums > 0 ? this.sumDeclarations(sums) : ''].join('\n');
  }

  private sumDeclarations(sums: number): string {
    if (this.tile.sum === 'shuffle') {
      const steps = each(
        Math.log2(this.split),
        (level) => `  sum += subgroupShuffleXor(sum, ${2 ** level}u);`,
      );
      return `fn sum_parts(x: f32) -> f32 {\n  var sum = x;\n${steps}\n  return sum;\n}`;
    }
    return `var<workgroup> parts: array<f32, ${sums * this.rows * this.columns * this.lanes}>;
fn sum_parts(first: u32) -> f32 {
  var sum = 0.0;
  for (var i = first; i < first + ${this.split}u; i++) { sum += parts[i]; }
  return sum;
}`;
  }
}
