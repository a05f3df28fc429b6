import type { MatrixAttentionTile, MatrixLayout } from '../gpu/attentionMatrixTile.ts';
import type { MatrixScoresTile, ScoresLayout } from '../gpu/attentionScoresTile.ts';
import { each } from './each.ts';
import type { Binding, Width } from './wgsl.ts';

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
 * `vector_<name>(at, v)`: vec4 number `v`, as halves, of the head that begins at `at`, counted in what one load takes.
 * Without branches, so that loads can be under way together: past the head's end it repeats what is there, since the
 * query is made 0 there, and the output is not stored.
 */
export function halvesAccess({ name, width }: Binding): string {
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
export function headLoads(width: Width): string {
  return width === 4 ? 'params.vectors' : 'params.headSize';
}

/** Where columns lie: what `keyStaging` and `valueStaging` need to know. */
export function columnPositions(width: Width): string {
  return `let pitch = params.heads * ${headLoads(width)};
  let start = column_index(batch, head, 0u) * ${headLoads(width)};
  let last = (params.columns - 1u) * pitch;`;
}

/** Keys, each with the elements of its head side by side. */
export function keyStaging(tile: MatrixAttentionTile, layout: MatrixLayout): Staging {
  const vectors = layout.head / 4;
  return stagingOf('key', tile.columns * vectors, layout.threads, {
    positions: (n, p) => `let key_column${p} = ${n} / ${vectors}u;
  let key_vector${p} = ${n} % ${vectors}u;
  let key_at${p} = key_column${p} * pitch;`,
    loads: 1,
    load: (_, p, j) => `vector_key(start + min(${j} * pitch + key_at${p}, last), key_vector${p})`,
    to: (p) => `key_column${p} * ${layout.keyStride}u + key_vector${p} * 4u`,
    place: (_, c) => c,
  });
}

/**
 * Values, turned round in blocks of four elements of four keys, so that an element's keys lie side by side. Neighbouring
 * threads take neighbouring keys, which they write into different banks.
 */
export function valueStaging(tile: MatrixAttentionTile, layout: MatrixLayout): Staging {
  const blocks = tile.columns / 4;
  return stagingOf('value', blocks * (layout.head / 4), layout.threads, {
    positions: (n, p) => `let value_column${p} = ${n} % ${blocks}u * 4u;
  let value_vector${p} = ${n} / ${blocks}u;
  let value_at${p} = value_column${p} * pitch;`,
    loads: 4,
    load: (i, p, j) =>
      `vector_value(start + min(${j} * pitch + value_at${p} + ${i}u * pitch, last), value_vector${p})`,
    to: (p) => `${layout.valueStart}u + value_vector${p} * ${4 * layout.valueStride}u + value_column${p}`,
    place: (i, c) => c * layout.valueStride + i,
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
  width: Width,
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
    to: (p) => `(${name}_row${p} + ${isQuery ? 0 : rows}u) * ${stride}u + ${name}_vector${p} * 4u`,
    place: (_, c) => c,
    value: (x, p, c) => (isQuery ? `select(0.0h, ${x}, ${isInside(p, c)})` : x),
  });
}

/** What a thread takes at once: `loads` vectors, whose element c of vector i goes to `to` + `place`. */
interface Part {
  positions(n: string, pass: number): string;
  readonly loads: number;
  load(i: number, pass: number, at: string): string;
  to(pass: number): string;
  place(i: number, c: number): number;
  /** What is staged for the loaded element c. Default itself. */
  value?(element: string, pass: number, c: number): string;
}

function stagingOf(name: string, parts: number, threads: number, part: Part): Staging {
  const passes = Math.ceil(parts / threads);
  const eachPass = (text: (pass: number) => string) => each(passes, text);
  const eachLoad = (text: (pass: number, i: number) => string) =>
    eachPass((pass) => each(part.loads, (i) => text(pass, i)));
  // The last pass may have fewer parts than threads: the others load the last one again, and write nothing.
  const isWhole = (pass: number) => (pass + 1) * threads <= parts;
  const partOf = (pass: number) => `lane + ${pass * threads}u`;
  const elementOf = (pass: number, i: number, c: number) => {
    const element = `${name}${pass}_${i}[${c}]`;
    return part.value?.(element, pass, c) ?? element;
  };
  return {
    positions: eachPass((pass) =>
      part.positions(isWhole(pass) ? `(${partOf(pass)})` : `min(${partOf(pass)}, ${parts - 1}u)`, pass),
    ),
    registers: eachLoad((pass, i) => `var ${name}${pass}_${i}: vec4h;`),
    fetch: (at) => eachLoad((pass, i) => `${name}${pass}_${i} = ${part.load(i, pass, at)};`),
    stage: eachPass((pass) => {
      const stage = `let to_${name}${pass} = ${part.to(pass)};
${each(part.loads, (i) => each(4, (c) => `staged[to_${name}${pass} + ${part.place(i, c)}u] = ${elementOf(pass, i, c)};`))}`;
      return isWhole(pass) ? stage : `if (${partOf(pass)} < ${parts}u) {\n${stage}\n}`;
    }),
  };
}
