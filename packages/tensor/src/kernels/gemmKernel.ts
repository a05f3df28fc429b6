import type { GemmTile } from '../gpu/gemmTile.ts';
import { each } from './each.ts';
import type { GemmBody, GemmText } from './gemmBody.ts';
import { broadcastBody } from './gemmBroadcast.ts';
import { matrixBody } from './gemmMatrix.ts';
import { IMAGE_PARAMS, operandBinding, operandDeclarations, operandSource } from './gemmOperand.ts';
import { sharedBody } from './gemmShared.ts';
import { normalCdfSource } from './mathSource.ts';
import { type Binding, bindingType, defineKernel, type ParamType } from './wgsl.ts';

const PARAMS = {
  batch: 'dims',
  a_batch: 'dims',
  b_batch: 'dims',
  rank: 'u32',
  m: 'u32',
  n: 'u32',
  taps: 'u32',
  depth: 'u32',
  groups: 'u32',
  rowTiles: 'u32',
  columnTiles: 'u32',
  depthSplits: 'u32',
  splits: 'u32',
  tapSpan: 'u32',
  depthSpan: 'u32',
  a_outer: 'u32',
  a_tap: 'u32',
  a_inner: 'u32',
  b_outer: 'u32',
  b_tap: 'u32',
  b_inner: 'u32',
  c_batch: 'u32',
  c_row: 'u32',
  c_column: 'u32',
  c_split: 'u32',
  bias_batch: 'u32',
  addend_rows: 'u32',
} as const satisfies Record<string, ParamType>;

/** The tile and the part of the inner dimension that a workgroup computes; rows vary fastest, so B stays in cache. */
function partSource({ rows, columns }: GemmTile, members: number): string {
  return `struct Part {
  row: u32, column: u32,
  tap: u32, tapEnd: u32, c: u32, cEnd: u32,
  baseA: u32, baseB: u32, baseC: u32, baseBias: u32,
  first: bool,
}
fn part_of(group_index: u32) -> Part {
  var part: Part;
  part.row = (group_index % params.rowTiles) * ${rows}u;
  var rest = group_index / params.rowTiles;
  part.column = (rest % params.columnTiles) * ${columns}u;
  rest /= params.columnTiles;
  let split = rest % params.splits;
  var batch = rest / params.splits;
  ${members > 1 ? `member = batch % ${members}u;\n  batch /= ${members}u;` : ''}
  part.tap = (split / params.depthSplits) * params.tapSpan;
  part.tapEnd = min(params.taps - part.tap, params.tapSpan) + part.tap;
  part.c = (split % params.depthSplits) * params.depthSpan;
  part.cEnd = min(params.depth - part.c, params.depthSpan) + part.c;
  part.first = split == 0u;
  part.baseC = batch * params.c_batch + split * params.c_split;
  part.baseBias = batch * params.bias_batch;
  for (var axis = i32(params.rank) - 1; axis >= 0; axis--) {
    let extent = dim(params.batch, u32(axis));
    let index = batch % extent;
    batch /= extent;
    part.baseA += index * dim(params.a_batch, u32(axis));
    part.baseB += index * dim(params.b_batch, u32(axis));
  }
  return part;
}`;
}

/** Bias of four columns; of one row, where the kernel's rows are the product's columns. */
function biasSource({ biasDtype, storeWidth, transposed }: GemmText): string {
  if (biasDtype === null) return '';
  const element = (j: number) => `load_bias(part.baseBias + min(column + ${j}u, params.n - 1u))`;
  const value = transposed
    ? 'vec4f(load_bias(part.baseBias + row))'
    : storeWidth === 4
      ? 'load_bias((part.baseBias + column) / 4u)'
      : `vec4f(${[0, 1, 2, 3].map(element).join(', ')})`;
  return `fn bias_of(part: Part, row: u32, column: u32) -> vec4f { return select(vec4f(), ${value}, part.first); }`;
}

/** The addend of four columns, which lies as the result does, but for the rows that share one. */
function addendSource({ addend, storeWidth, transposed }: GemmText): string {
  if (!addend) return '';
  const rowOf = (row: string) => (addend.shared ? `(${row}) / params.addend_rows` : row);
  const index = (j: number) => {
    const column = `min(column + ${j}u, params.n - 1u)`;
    const [y, x] = transposed ? ['row', rowOf(column)] : [rowOf('row'), column];
    return `part.baseC + ${y} * params.c_row + ${x} * params.c_column`;
  };
  const value =
    storeWidth === 4
      ? `load_addend((part.baseC + ${rowOf('row')} * params.c_row + column) / 4u)`
      : `vec4f(${[0, 1, 2, 3].map((j) => `load_addend(${index(j)})`).join(', ')})`;
  return `fn addend_of(part: Part, row: u32, column: u32) -> vec4f {
  if (!part.first) { return vec4f(); }
  return ${value};
}`;
}

/** `store_tile(part, row, column, sum)`, and `store_biased` of a sum with its bias. */
function storeSource({ biasDtype, addend, activation, storeWidth }: GemmText): string {
  const value = addend ? 'sum + addend_of(part, row, column)' : 'sum';
  const store =
    storeWidth === 4
      ? 'store_c(i / 4u, value);'
      : `for (var j = 0u; j < min(4u, params.n - column); j++) { store_c(i + j * params.c_column, value[j]); }`;
  return `fn store_biased(part: Part, row: u32, column: u32, sum: vec4f) {
  if (row >= params.m || column >= params.n) { return; }
  ${activation === 'silu' ? `let x = ${value};\n  let value = x / (1.0 + exp(-x));` : `let value = ${value};`}
  let i = part.baseC + row * params.c_row + column * params.c_column;
  ${store}
}
fn store_tile(part: Part, row: u32, column: u32, sum: vec4f) {
  ${biasDtype === null ? '' : 'if (row >= params.m || column >= params.n) { return; }'}
  store_biased(part, row, column, sum${biasDtype === null ? '' : ' + bias_of(part, row, column)'});
}`;
}

/** Four columns of the result, from `column` on: of the values, with their gates. */
function storePairSource({ biasDtype }: GemmText): string {
  const biased = (sum: string, column: string) =>
    biasDtype === null ? sum : `${sum} + bias_of(part, row, ${column})`;
  return `${normalCdfSource}
fn store_pair(part: Part, row: u32, column: u32, values: vec4f, gates: vec4f) {
  let columns = params.n / 2u;
  if (row >= params.m || column >= columns) { return; }
  let value = ${biased('values', 'column')};
  let gate = ${biased('gates', 'column + columns')};
  store_c((part.baseC + row * params.c_row + column) / 4u, value * gate * normal_cdf(gate));
}`;
}

/** What each product of the launch has for itself. */
function ownBindings({ b, storeDtype, storeWidth, biasDtype, transposed }: GemmText): Binding[] {
  const bindings = [operandBinding(b)];
  bindings.push({ name: 'c', dtype: storeDtype, width: storeWidth, access: 'write' });
  if (biasDtype !== null)
    bindings.push({ name: 'bias', dtype: biasDtype, width: transposed ? 1 : storeWidth, access: 'read' });
  return bindings;
}

function bindingsOf(text: GemmText): Binding[] {
  const { a, members, storeWidth, addend } = text;
  const own = ownBindings(text).flatMap((binding) =>
    members === 1
      ? [binding]
      : Array.from({ length: members }, (_, i) => ({ ...binding, name: `${binding.name}${i}` })),
  );
  const bindings = [operandBinding(a), ...own];
  if (addend) bindings.push({ name: 'addend', dtype: addend.dtype, width: storeWidth, access: 'read' });
  return bindings;
}

/** Accessors of what a product has for itself, in a launch of several. */
function memberSource(text: GemmText): string {
  const { members } = text;
  if (members === 1) return '';
  const select = (call: (i: number) => string) =>
    `switch member {${each(members - 1, (i) => `case ${i + 1}u: { ${call(i + 1)} }`)} default: { ${call(0)} } }`;
  const accessors = ownBindings(text).map((binding) => {
    const { name, access } = binding;
    const type = bindingType(binding);
    return access === 'read'
      ? `fn load_${name}(i: u32) -> ${type} { ${select((i) => `return load_${name}${i}(i);`)} }`
      : `fn store_${name}(i: u32, value: ${type}) { ${select((i) => `store_${name}${i}(i, value);`)} }`;
  });
  return ['// Which product this workgroup computes.', 'var<private> member: u32;', ...accessors].join('\n');
}

function bodyOf(text: GemmText): GemmBody {
  const { tile } = text;
  switch (tile.kind) {
    case 'broadcast':
      return broadcastBody(text, tile);
    case 'shared':
      return sharedBody(text, tile);
    case 'matrix':
      return matrixBody(text, tile);
  }
}

export const gemmKernel = defineKernel((text: GemmText) => {
  const body = bodyOf(text);
  return {
    name: text.name,
    bindings: bindingsOf(text),
    params: text.image ? { ...PARAMS, ...IMAGE_PARAMS } : PARAMS,
    workgroup: [body.workgroup, 1, 1],
    subgroups: body.subgroups,
    subgroupSize: text.tile.pin,
    matrixUnits: text.tile.kind === 'matrix',
    declarations: [
      memberSource(text),
      partSource(text.tile, text.members),
      operandDeclarations(text.a, text.b),
      operandSource(text.a),
      operandSource(text.b),
      biasSource(text),
      addendSource(text),
      text.activation === 'geglu' ? storePairSource(text) : storeSource(text),
      body.declarations,
    ].join('\n'),
    main: `
  if (group_index >= params.groups) { return; }
  let part = part_of(group_index);
${body.main}`,
  };
});
