import type { MatrixAttentionTile, MatrixLayout } from '../gpu/attentionMatrixTile.ts';
import type { MatrixScoresTile, ScoresLayout } from '../gpu/attentionScoresTile.ts';
import { each } from './each.ts';
import { storeHalves } from './storeHalves.ts';
import type { LoadWidth } from './wgsl.ts';

/** How the threads of a workgroup bring one streamed operand of a step into workgroup memory. */
export interface Staging {
  /** Where each part of a thread lies. */
  readonly positions: string;
  /** Declares the registers that `fetch` fills. */
  readonly registers: string;
  /** Loads what is at `at`, such as the columns from number `at` on; those past the end repeat the last one. */
  fetch(at: string): string;
  /** Writes what was fetched to workgroup memory. */
  readonly stage: string;
}

/**
 * `vector_<name>(at, v)`: vec4 number `v`, as halves, of the head that begins at `at`, counted in what one load takes;
 * at width 8 `words_<name>(at, v)`: eight halves. Without branches, so that loads can be under way together: past the
 * head's end it repeats what is there, since the query is made 0 there, and the output is not stored.
 */
export function halvesAccess(name: string, width: LoadWidth): string {
  if (width === 8)
    return `fn words_${name}(at: u32, v: u32) -> vec4u {
  return load_${name}(at + min(v, ${headLoads(8)} - 1u));
}`;
  if (width === 4)
    return `fn vector_${name}(at: u32, v: u32) -> vec4h {
  return load_${name}(at + min(v, params.vectors - 1u));
}`;
  return `fn element_${name}(at: u32, d: u32) -> f16 {
  return load_${name}(at + min(d, params.headSize - 1u));
}
fn vector_${name}(at: u32, v: u32) -> vec4h {
  let d = v * 4u;
  return vec4h(
    element_${name}(at, d), element_${name}(at, d + 1u),
    element_${name}(at, d + 2u), element_${name}(at, d + 3u));
}`;
}

/** What one load takes of a head's elements, counted over the head. */
export function headLoads(width: LoadWidth): string {
  return { 1: 'params.headSize', 4: 'params.vectors', 8: '(params.vectors / 2u)' }[width];
}

/** Where columns lie: what `keyStaging` and `valueStaging` need to know. */
export function columnPositions(width: LoadWidth): string {
  return `let pitch = params.heads * ${headLoads(width)};
  let start = column_index(batch, head, 0u) * ${headLoads(width)};
  let last = (params.columns - 1u) * pitch;`;
}

/** Keys, each with the elements of its head side by side. */
export function keyStaging(tile: MatrixAttentionTile, layout: MatrixLayout, width: LoadWidth): Staging {
  return rowStaging('key', { tile, layout, width, start: 0, stride: layout.keyStride });
}

/** Values, as the tile says. */
export function valueStaging(tile: MatrixAttentionTile, layout: MatrixLayout, width: LoadWidth): Staging {
  const { valueStart: start, valueStride: stride } = layout;
  if (tile.staged === 'natural') return rowStaging('value', { tile, layout, width, start, stride });
  return turnedStaging(tile, layout);
}

interface Rows {
  readonly tile: MatrixAttentionTile;
  readonly layout: MatrixLayout;
  readonly width: LoadWidth;
  /** Where they begin, and from one to the next. */
  readonly start: number;
  readonly stride: number;
}

/** A row a column, as it lies in memory. */
function rowStaging(name: string, { tile, layout, width, start, stride }: Rows): Staging {
  const size = width === 8 ? 8 : 4;
  const ofRow = layout.head / size;
  const to = (p: number) => `${start}u + ${name}_column${p} * ${stride}u + ${name}_part${p} * ${size}u`;
  return stagingOf(name, tile.columns * ofRow, layout.threads, {
    positions: (n, p) => `let ${name}_column${p} = ${n} / ${ofRow}u;
  let ${name}_part${p} = ${n} % ${ofRow}u;`,
    type: size === 8 ? 'vec4u' : 'vec4h',
    loads: 1,
    load: (_, p, j) =>
      `${size === 8 ? 'words' : 'vector'}_${name}(start + min((${j} + ${name}_column${p}) * pitch, last), ${name}_part${p})`,
    store: (p, register) =>
      size === 8
        ? `{ let to = ${to(p)};
  ${storeHalves('staged', 'to', `${register(0)}.xy`)}
  ${storeHalves('staged', 'to + 4u', `${register(0)}.zw`)} }`
        : elements(to(p), 1, (_, c) => `${register(0)}[${c}]`),
  });
}

/**
 * Values, turned round in blocks of four elements of four keys, so that an element's keys lie side by side. Neighbouring
 * threads take neighbouring keys, which they write into different banks.
 */
function turnedStaging(tile: MatrixAttentionTile, layout: MatrixLayout): Staging {
  const blocks = tile.columns / 4;
  const { valueStart, valueStride } = layout;
  return stagingOf('value', blocks * (layout.head / 4), layout.threads, {
    positions: (n, p) => `let value_column${p} = ${n} % ${blocks}u * 4u;
  let value_vector${p} = ${n} / ${blocks}u;
  let value_at${p} = value_column${p} * pitch;`,
    loads: 4,
    load: (i, p, j) =>
      `vector_value(start + min(${j} * pitch + value_at${p} + ${i}u * pitch, last), value_vector${p})`,
    store: (p, register) =>
      elements(
        `${valueStart}u + value_vector${p} * ${4 * valueStride}u + value_column${p}`,
        4,
        (i, c) => `${register(i)}[${c}]`,
        (i, c) => c * valueStride + i,
      ),
  });
}

/**
 * For a tile of scores: its queries or, after them, its keys, each with a part of its head side by side; `at` is a
 * `Step`. Past the head's end queries are 0.
 */
export function scoresStaging(
  name: 'query' | 'key',
  { rows, columns, depth }: MatrixScoresTile,
  { stride, threads }: ScoresLayout,
  width: 1 | 4,
): Staging {
  const isQuery = name === 'query';
  const vectors = depth / 4;
  const isInside = (p: number, c: number) =>
    width === 4
      ? `part * ${vectors}u + query_vector${p} < params.vectors`
      : `part * ${depth}u + query_vector${p} * 4u + ${c}u < params.headSize`;
  const index = (p: number, at: string) =>
    isQuery
      ? `row_index(batch, ${at}.head, first_row + query_row${p})`
      : `column_index(batch, ${at}.head, ${at}.key + key_row${p})`;
  return stagingOf(name, (isQuery ? rows : columns) * vectors, threads, {
    positions: (n, p) => `let ${name}_row${p} = ${n} / ${vectors}u;
  let ${name}_vector${p} = ${n} % ${vectors}u;`,
    loads: 1,
    load: (_, p, at) =>
      `vector_${name}(${index(p, at)} * ${headLoads(width)}, ${at}.part * ${vectors}u + ${name}_vector${p})`,
    store: (p, register) => {
      const to = `(${name}_row${p} + ${isQuery ? 0 : rows}u) * ${stride}u + ${name}_vector${p} * 4u`;
      const zeroOutside = (x: string, c: number) => (isQuery ? `select(0.0h, ${x}, ${isInside(p, c)})` : x);
      return elements(to, 1, (_, c) => zeroOutside(`${register(0)}[${c}]`, c));
    },
  });
}

/** What a thread takes at once: `loads` registers. */
interface Part {
  positions(n: string, pass: number): string;
  /** Of a register. */
  readonly type?: 'vec4h' | 'vec4u';
  readonly loads: number;
  load(i: number, pass: number, at: string): string;
  /** Statements that write the registers to workgroup memory. */
  store(pass: number, register: (i: number) => string): string;
}

/** Statements that write four elements of each of `vectors`, from `to` on: side by side, or each to its place. */
function elements(
  to: string,
  vectors: number,
  element: (i: number, c: number) => string,
  place = (i: number, c: number) => 4 * i + c,
): string {
  return `{ let to = ${to};
${each(vectors, (i) => each(4, (c) => `staged[to + ${place(i, c)}u] = ${element(i, c)};`))} }`;
}

function stagingOf(name: string, parts: number, threads: number, part: Part): Staging {
  const passes = Math.ceil(parts / threads);
  const eachPass = (text: (pass: number) => string) => each(passes, text);
  const eachLoad = (text: (pass: number, i: number) => string) =>
    eachPass((pass) => each(part.loads, (i) => text(pass, i)));
  // The last pass may have fewer parts than threads: the others load the last one again, and write nothing.
  const isWhole = (pass: number) => (pass + 1) * threads <= parts;
  const partOf = (pass: number) => `lane + ${pass * threads}u`;
  return {
    positions: eachPass((pass) =>
      part.positions(isWhole(pass) ? `(${partOf(pass)})` : `min(${partOf(pass)}, ${parts - 1}u)`, pass),
    ),
    registers: eachLoad((pass, i) => `var ${name}${pass}_${i}: ${part.type ?? 'vec4h'};`),
    fetch: (at) => eachLoad((pass, i) => `${name}${pass}_${i} = ${part.load(i, pass, at)};`),
    stage: eachPass((pass) => {
      const stage = part.store(pass, (i) => `${name}${pass}_${i}`);
      return isWhole(pass) ? stage : `if (${partOf(pass)} < ${parts}u) ${stage}`;
    }),
  };
}
