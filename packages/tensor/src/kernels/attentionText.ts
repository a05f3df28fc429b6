import { each } from './each.ts';
import type { Binding, KernelSpec } from './wgsl.ts';

export interface TextSizes {
  /** Rows that a lane holds. */
  readonly rows: number;
  /** Columns that stream past at a step. */
  readonly columns: number;
  readonly lanes: number;
  /** Neighbouring lanes that share their rows. */
  readonly split: number;
  /** vec4s of the head that a lane has room for. */
  readonly slices: number;
}

/**
 * The WGSL that attention kernels share, in terms of held rows `r`, streamed columns `t` from column `j` on, and
 * slices `i` of a head, each vec4 number `v`. A row or column of a head is named by its index (b L + l) H + h;
 * those past the end repeat the last one. How columns stream is for the two subclasses to say.
 */
export abstract class AttentionText {
  readonly rows: number;
  readonly columns: number;
  readonly slices: number;
  /** Rows that a workgroup holds. */
  readonly groupRows: number;
  readonly workgroup: KernelSpec['workgroup'];
  /** Whether the kernel needs subgroup operations. */
  abstract readonly subgroups: boolean;
  /** The size that they are pinned to, if any. */
  abstract readonly pin: number | null;
  protected readonly lanes: number;
  protected readonly split: number;

  constructor(sizes: TextSizes) {
    this.rows = sizes.rows;
    this.columns = sizes.columns;
    this.slices = sizes.slices;
    this.lanes = sizes.lanes;
    this.split = sizes.split;
    this.groupRows = (sizes.lanes / sizes.split) * sizes.rows;
    this.workgroup = [sizes.lanes, 1, 1];
  }

  /** Makes the columns from `j` on ready to be read. */
  abstract readonly step: string;
  /** Inside a slice: what `at` needs of a streamed operand. */
  abstract load(name: string): string;
  /** Inside a slice: the vec4 of column `t` of a streamed operand. */
  abstract at(name: string, t: number): string;
  /** Inside a step: `<name><t>` for every column, from the text of its value at a column's index. */
  abstract columnValues(name: string, value: (index: string) => string): string;
  /** Adds up the lanes' parts of the variables `<name><r>_<t>` of every cell. */
  abstract sumParts(...names: readonly string[]): string;
  protected abstract readonly sliceBound: string;
  /** Whether slices may lie past the head's end. */
  protected abstract readonly passesEnd: boolean;
  /** `sums`: how many names are given to `sumParts`. */
  protected abstract streamDeclarations(sums: number): string;

  eachRow(text: (r: number) => string): string {
    return each(this.rows, text);
  }

  eachColumn(text: (t: number) => string): string {
    return each(this.columns, text);
  }

  eachCell(text: (cell: string, r: number, t: number) => string): string {
    return this.eachRow((r) => this.eachColumn((t) => text(`${r}_${t}`, r, t)));
  }

  eachSlice(body: string): string {
    return `for (var i = 0u; i < ${this.sliceBound}; i++) {
    let v = part + i * ${this.split}u;
${body}
  }`;
  }

  /** Arrays of slices `<name><r>`. */
  hold(...names: readonly string[]): string {
    return names
      .map((name) => this.eachRow((r) => `var ${name}${r}: array<vec4f, ${this.slices}>;`))
      .join('\n');
  }

  /** `part` of the head, the `row`s of this lane and their `index`. */
  get position(): string {
    return `${this.rowPosition}\n${this.rowIndex}`;
  }

  /** `part` of the head, and the `row`s of this lane. */
  get rowPosition(): string {
    return `
  let part = lane % ${this.split}u;
  let first_row = group.x * ${this.groupRows}u;
${this.eachRow((r) => `  let row${r} = first_row + lane / ${this.split}u * ${this.rows}u + ${r}u;`)}`;
  }

  /** The `index` of every row in `head`. */
  get rowIndex(): string {
    return this.eachRow((r) => `  let index${r} = row_index(batch, head, row${r});`);
  }

  /** `heads`: the bindings that hold heads; `sums`: how many names are given to `sumParts`. */
  declarations(heads: readonly Binding[], sums: number): string {
    const access = heads.map((head) => headAccess(head, this.passesEnd));
    return [INDICES, DOT_ADD, ...access, this.streamDeclarations(sums)].join('\n');
  }
}

/** How the operands' heads are numbered. */
export const INDICES = `// Below every score that is not hidden.
const LOWEST = -3.4028234e38;
fn column_index(batch: u32, head: u32, column: u32) -> u32 {
  return (batch * params.columns + min(column, params.columns - 1u)) * params.heads + head;
}
fn row_index(batch: u32, head: u32, row: u32) -> u32 {
  return (batch * params.rows + min(row, params.rows - 1u)) * params.heads + head;
}`;

const DOT_ADD = `fn dot_add(a: vec4f, b: vec4f, sum: f32) -> f32 {
  return fma(a.x, b.x, fma(a.y, b.y, fma(a.z, b.z, fma(a.w, b.w, sum))));
}`;

/** `vector_<name>(index, v)` or `put_<name>(index, v, x)`; past the head's end, if `passesEnd`: 0, and nothing. */
export function headAccess({ name, width, access }: Binding, passesEnd: boolean): string {
  if (access === 'read') return width === 4 ? vectorRead(name, passesEnd) : scalarRead(name);
  return width === 4 ? vectorWrite(name) : scalarWrite(name);
}

/** Software adapters compute both sides of a branch. */
function vectorRead(name: string, passesEnd: boolean): string {
  return `fn vector_${name}(index: u32, v: u32) -> vec4f {
  ${passesEnd ? 'if (v >= params.vectors) { return vec4f(); }' : ''}
  return load_${name}(index * params.vectors + v);
}`;
}

/** Without branches: it is inlined many times. */
function scalarRead(name: string): string {
  return `fn element_${name}(index: u32, d: u32) -> f32 {
  return select(0.0, load_${name}(index * params.headSize + min(d, params.headSize - 1u)), d < params.headSize);
}
fn vector_${name}(index: u32, v: u32) -> vec4f {
  let d = v * 4u;
  return vec4f(
    element_${name}(index, d), element_${name}(index, d + 1u),
    element_${name}(index, d + 2u), element_${name}(index, d + 3u));
}`;
}

function vectorWrite(name: string): string {
  return `fn put_${name}(index: u32, v: u32, x: vec4f) {
  if (v < params.vectors) { store_${name}(index * params.vectors + v, x); }
}`;
}

function scalarWrite(name: string): string {
  return `fn put_${name}(index: u32, v: u32, x: vec4f) {
  for (var c = 0u; c < min(4u, params.headSize - min(v * 4u, params.headSize)); c++) {
    store_${name}(index * params.headSize + v * 4u + c, x[c]);
  }
}`;
}
