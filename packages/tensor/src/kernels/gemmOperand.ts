import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import { type Binding, type LoadWidth, type ParamType, readsHalves } from './wgsl.ts';

/**
 * How element (outer, tap, c) of a product's operand is found, where `outer` is its row (of A) or column (of B)
 * and the inner dimension is walked as `taps` runs of `depth` elements.
 *
 * `matrix`: at outer * strides.outer + tap * strides.tap + c * strides.inner.
 * `pixels`: outer is a pixel of a walk over an NHWC image, tap a place in the kernel, c a channel.
 * `repeated`: the same over an image whose pixels are repeated, as many times as the walk's divisors say.
 * `windows`: outer is (tap in the kernel, channel), tap a row of output pixels, c a place in that row.
 */
export type OperandLayout = 'matrix' | 'pixels' | 'repeated' | 'windows';

export interface GemmOperand {
  readonly tensor: Tensor;
  readonly layout: OperandLayout;
  /** Which of `outer` and `c` walks neighbouring elements. */
  readonly contiguous: 'outer' | 'inner';
  readonly strides: { readonly outer: number; readonly tap: number; readonly inner: number };
  /** Stride of each axis of the batch; 0 if the operand is broadcast. */
  readonly batch: readonly number[];
}

/**
 * A walk over an image: position `y` of the walk at kernel row `ky` is image row
 * (y * scale + origin + ky * step) / divisor, and nothing where that is not an integer inside the image; so for `x`.
 * A convolution has scale = stride, origin = -padding, step = dilation; its transpose divisor = stride. Over `repeated`
 * pixels the quotient is rounded down instead.
 */
export interface ImageWalk {
  readonly imageHeight: number;
  readonly imageWidth: number;
  readonly channels: number;
  /** Extents of the walk. */
  readonly walkHeight: number;
  readonly walkWidth: number;
  readonly kernelWidth: number;
  readonly scaleY: number;
  readonly scaleX: number;
  readonly divisorY: number;
  readonly divisorX: number;
  readonly stepY: number;
  readonly stepX: number;
  readonly originY: number;
  readonly originX: number;
  /** Channels of one group, for `windows`. */
  readonly groupChannels: number;
}

export const IMAGE_PARAMS: Readonly<Record<keyof ImageWalk, ParamType>> = {
  imageHeight: 'u32',
  imageWidth: 'u32',
  channels: 'u32',
  walkHeight: 'u32',
  walkWidth: 'u32',
  kernelWidth: 'u32',
  scaleY: 'u32',
  scaleX: 'u32',
  divisorY: 'u32',
  divisorX: 'u32',
  stepY: 'i32',
  stepX: 'i32',
  originY: 'i32',
  originX: 'i32',
  groupChannels: 'u32',
};

export type Side = 'a' | 'b';

/** What the text of an operand's accessors depends on. */
export interface OperandText {
  readonly side: Side;
  readonly dtype: DType;
  readonly layout: OperandLayout;
  readonly contiguous: 'outer' | 'inner';
  readonly width: LoadWidth;
  /** Whether c may pass the end of the inner dimension. */
  readonly ragged: boolean;
  /** How a kernel's body reads it. */
  readonly read: OperandRead;
  /** If not null, the kernel's columns are that many of the operand's first half and as many of its second by turns. */
  readonly interleaved: number | null;
}

/**
 * `quad`: four elements of one outer index. Others read pieces of 16 elements in four vectors: `block` in vectors along
 * the outer dimension, as halves `band` too, and `strip` in vectors along the inner one (see `pieceShape`). Pieces of
 * halves stay in the words that they were loaded in: NVIDIA's compiler gives every half that it knows of a register.
 */
export type OperandRead = 'quad' | 'block' | 'strip' | 'band';

/** Elements of a piece. */
export const PIECE = 16;

/** Halves of a piece, in words. */
export const HALVES_TYPE = 'array<vec4u, 2>';

/** WGSL of the words of vector `i` of a piece of halves. */
export function wordsOfVector(piece: string, i: number): string {
  return `${piece}[${i >> 1}].${i % 2 === 0 ? 'xy' : 'zw'}`;
}

/** The extent of a piece; `vectors` of its four lie side by side. */
export interface PieceShape {
  readonly outers: number;
  readonly inners: number;
  readonly vectors: 1 | 2;
}

/** Two vectors of a piece are one load of 16 bytes where its elements are neighbours. */
export function pieceShape({ read, width }: OperandText): PieceShape {
  if (width < 8) return { outers: 4, inners: 4, vectors: 1 };
  return read === 'band' ? { outers: 8, inners: 2, vectors: 2 } : { outers: 2, inners: 8, vectors: 2 };
}

/** Whether a kernel reads the operand in pieces of halves. */
function isHalves({ read }: OperandText): boolean {
  return read === 'strip' || read === 'band';
}

/**
 * Elements that one load can take: as many as all offsets are multiples of, so that every run of them along the
 * contiguous dimension is one load.
 */
export function widthOf(
  operand: GemmOperand,
  outer: number,
  depth: number,
  image: ImageWalk | null,
): LoadWidth {
  const { layout, contiguous, strides, batch } = operand;
  const others = contiguous === 'outer' ? [outer, strides.inner] : [depth, strides.outer];
  const offsets = layout === 'matrix' ? [...others, strides.tap] : imageOffsets(contiguous, depth, image!);
  const fits = (width: number) => [...offsets, ...batch].every((offset) => offset % width === 0);
  return fits(8) ? 8 : fits(4) ? 4 : 1;
}

/** Elements that a load takes for `read` where it can: eight halves are taken where a piece has them side by side. */
export function widestLoad(read: OperandRead, contiguous: GemmOperand['contiguous']): LoadWidth {
  return read === 'band' || (read === 'strip' && contiguous === 'inner') ? 8 : 4;
}

function imageOffsets(contiguous: 'outer' | 'inner', depth: number, image: ImageWalk): number[] {
  return contiguous === 'outer' ? [image.channels, image.groupChannels] : [image.channels, depth];
}

export function operandBinding(text: OperandText): Binding {
  const { side, dtype, width } = text;
  if (isHalves(text)) return readsHalves(side, width);
  return { name: side, dtype, width: width === 1 ? 1 : 4, access: 'read' };
}

/** Outer indices whose places are kept to load a piece: one a load where they lie along `outer`. */
function placesOf(text: OperandText): number {
  const { contiguous, width } = text;
  const { outers } = pieceShape(text);
  return contiguous === 'outer' ? Math.max(1, outers / width) : outers;
}

/** The types of an element and of four. */
function typesOf(text: OperandText) {
  return isHalves(text) ? { element: 'f16', vector: 'vec4h' } : { element: 'f32', vector: 'vec4f' };
}

/** Declarations that the accessors of both sides use. */
export function operandDeclarations(a: OperandText, b: OperandText): string {
  const halves = [a, b].some((text) => isHalves(text) && text.width < 8);
  return ['const OUTSIDE = 0xffffffffu;', halves ? WORDS_OF : ''].join('\n');
}

const WORDS_OF = `fn words_of(v: mat4x4h) -> ${HALVES_TYPE} {
  return array(
    vec4u(bitcast<vec2u>(v[0]), bitcast<vec2u>(v[1])), vec4u(bitcast<vec2u>(v[2]), bitcast<vec2u>(v[3])));
}`;

/**
 * `row(outer, base)`: what is known of an outer index; `tap(row, tap)`: of its run at a tap; `index(run, c)`: the
 * element there, or OUTSIDE.
 */
function placeSource({ layout, side, interleaved }: OperandText): string {
  switch (layout) {
    case 'matrix': {
      const group = interleaved ?? 1;
      const column = `outer / ${2 * group}u * ${group}u + outer % ${group}u + outer / ${group}u % 2u * (params.n / 2u)`;
      return `alias Row_${side} = u32;
alias Run_${side} = u32;
fn row_${side}(outer: u32, base: u32) -> Row_${side} {
  return base + ${interleaved ? `(${column})` : 'outer'} * params.${side}_outer;
}
fn tap_${side}(row: Row_${side}, tap: u32) -> Run_${side} { return row + tap * params.${side}_tap; }
fn index_${side}(run: Run_${side}, c: u32) -> u32 { return run + c * params.${side}_inner; }`;
    }
    case 'pixels':
    case 'repeated': {
      const divides = '(pixelY * params.divisorY == top) & (pixelX * params.divisorX == left) &';
      return `// Row: y, x and the image's first element. Run: the pixel's first element, or OUTSIDE.
alias Row_${side} = vec3i;
alias Run_${side} = u32;
fn row_${side}(outer: u32, base: u32) -> Row_${side} {
  let line = outer / params.walkWidth;
  let first = base + line / params.walkHeight * params.imageHeight * params.imageWidth * params.channels;
  let y = i32((line % params.walkHeight) * params.scaleY) + params.originY;
  let x = i32((outer % params.walkWidth) * params.scaleX) + params.originX;
  return vec3i(y, x, i32(first));
}
fn tap_${side}(row: Row_${side}, tap: u32) -> Run_${side} {
  let y = row.x + i32(tap / params.kernelWidth) * params.stepY;
  let x = row.y + i32(tap % params.kernelWidth) * params.stepX;
  let top = u32(max(y, 0));
  let left = u32(max(x, 0));
  let pixelY = top / params.divisorY;
  let pixelX = left / params.divisorX;
  let inside = (y >= 0) & (x >= 0) & ${layout === 'pixels' ? divides : ''}
    (pixelY < params.imageHeight) & (pixelX < params.imageWidth);
  return select(OUTSIDE, u32(row.z) + (pixelY * params.imageWidth + pixelX) * params.channels, inside);
}
fn index_${side}(run: Run_${side}, c: u32) -> u32 { return select(run + c, OUTSIDE, run == OUTSIDE); }`;
    }
    case 'windows':
      return `// Row: y, x and the channel. Run: the image line's first element, or OUTSIDE, and x.
alias Row_${side} = vec3i;
alias Run_${side} = vec2u;
fn row_${side}(outer: u32, base: u32) -> Row_${side} {
  let place = outer / params.groupChannels;
  let y = i32(place / params.kernelWidth) * params.stepY + params.originY;
  let x = i32(place % params.kernelWidth) * params.stepX + params.originX;
  return vec3i(y, x, i32(base + outer % params.groupChannels));
}
fn tap_${side}(row: Row_${side}, tap: u32) -> Run_${side} {
  let y = row.x + i32((tap % params.walkHeight) * params.scaleY);
  let line = tap / params.walkHeight * params.imageHeight + u32(max(y, 0));
  let inside = (y >= 0) & (y < i32(params.imageHeight));
  return vec2u(select(OUTSIDE, u32(row.z) + line * params.imageWidth * params.channels, inside), u32(row.y));
}
fn index_${side}(run: Run_${side}, c: u32) -> u32 {
  let x = i32(run.y + c * params.scaleX);
  let inside = (run.x != OUTSIDE) & (x >= 0) & (x < i32(params.imageWidth));
  return select(OUTSIDE, run.x + u32(max(x, 0)) * params.channels, inside);
}`;
  }
}

// Conditions are joined by `&`: `&&` makes a branch, and SwiftShader's compile time is exponential in branches.

/** Whether there is an element at index `i`, whose place in the inner dimension is `c`; empty if always. */
function guardOf({ layout, ragged }: OperandText, c: string): string {
  const guards = [layout === 'matrix' ? '' : '(i != OUTSIDE)', ragged ? `(${c} < params.depth)` : ''];
  return guards.filter((condition) => condition !== '').join(' & ');
}

/** `at(run, c)`: what one load takes there; 0 outside the image and past the end of the inner dimension. */
function atSource(text: OperandText): string {
  const { side, width } = text;
  const value = { 1: typesOf(text).element, 4: typesOf(text).vector, 8: 'vec4u' }[width];
  const guard = guardOf(text, 'c');
  // SwiftShader's compiler divides where it is not told to shift.
  const load = (index: string) =>
    `load_${side}(${width === 1 ? index : `(${index}) >> ${Math.log2(width)}u`})`;
  const result =
    guard === ''
      ? `return ${load('i')};`
      : `let inside = ${guard};\n  return select(${value}(), ${load('select(0u, i, inside)')}, inside);`;
  return `fn at_${side}(run: Run_${side}, c: u32) -> ${value} {
  let i = index_${side}(run, c);
  ${result}
}`;
}

/** `quad(run, c)`: four elements of one outer index, from c. */
function quadSource(text: OperandText): string {
  const { side, contiguous, width } = text;
  const { vector } = typesOf(text);
  const element = (j: number) => `at_${side}(run, c + ${j}u)`;
  const body =
    contiguous === 'inner' && width === 4
      ? `at_${side}(run, c)`
      : `${vector}(${[0, 1, 2, 3].map(element).join(', ')})`;
  return `fn quad_${side}(run: Run_${side}, c: u32) -> ${vector} { return ${body}; }`;
}

function list(count: number, item: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => item(i)).join(', ');
}

/** `rows(first, count, base)` and `taps`: the places that a piece is loaded from. */
function placesSource(text: OperandText): string {
  const { side } = text;
  const places = placesOf(text);
  const span = pieceShape(text).outers / places;
  const outer = (i: number) => `min(first + ${i * span}u, count - ${span}u)`;
  return `alias Rows_${side} = array<Row_${side}, ${places}>;
alias Runs_${side} = array<Run_${side}, ${places}>;
fn rows_${side}(first: u32, count: u32, base: u32) -> Rows_${side} {
  return Rows_${side}(${list(places, (i) => `row_${side}(${outer(i)}, base)`)});
}
fn taps_${side}(rows: Rows_${side}, tap: u32) -> Runs_${side} {
  return Runs_${side}(${list(places, (i) => `tap_${side}(rows[${i}], tap)`)});
}`;
}

/** `block(runs, c)`: column j holds four outer indices at c + j. */
function blockSource(text: OperandText): string {
  const { side } = text;
  const block =
    placesOf(text) === 1
      ? `mat4x4f(${list(4, (j) => `at_${side}(runs[0], c + ${j}u)`)})`
      : `transpose(mat4x4f(${list(4, (i) => `quad_${side}(runs[${i}], c)`)}))`;
  return `fn block_${side}(runs: Runs_${side}, c: u32) -> mat4x4f { return ${block}; }`;
}

/** `strip(runs, c)`: vector i holds outer index i / vectors, from c + (i % vectors) * 4 on. */
function stripSource(text: OperandText): string {
  const { side, width } = text;
  const places = placesOf(text);
  const strip = () =>
    places === 1
      ? `words_of(transpose(mat4x4h(${list(4, (j) => `at_${side}(runs[0], c + ${j}u)`)})))`
      : `words_of(mat4x4h(${list(4, (i) => `quad_${side}(runs[${i}], c)`)}))`;
  return pieceSource('strip', text, width === 8 ? loadedTwice(text, (i) => [i, 0]) : strip());
}

/** `band(runs, c)`: vector i holds four outer indices, from (i % vectors) * 4 on, at c + i / vectors. */
function bandSource(text: OperandText): string {
  const { side, width } = text;
  const elements = (c: string) => `vec4h(${list(4, (j) => `at_${side}(runs[${j}], ${c})`)})`;
  const vector = (i: number) =>
    placesOf(text) === 1 ? `at_${side}(runs[0], c + ${i}u)` : elements(`c + ${i}u`);
  const band = () => `words_of(mat4x4h(${list(4, vector)}))`;
  return pieceSource('band', text, width === 8 ? loadedTwice(text, (i) => [0, i]) : band());
}

/** A piece of two loads, each from a place and so far along the inner dimension. */
function loadedTwice({ side }: OperandText, at: (i: number) => readonly [place: number, c: number]): string {
  const load = ([place, c]: readonly [number, number]) => `at_${side}(runs[${place}], c + ${c}u)`;
  return `array(${load(at(0))}, ${load(at(1))})`;
}

function pieceSource(read: 'strip' | 'band', { side }: OperandText, piece: string): string {
  return `fn ${read}_${side}(runs: Runs_${side}, c: u32) -> ${HALVES_TYPE} { return ${piece}; }`;
}

/** Accessors of an operand that is read as its text says. */
export function operandSource(text: OperandText): string {
  const { read, width } = text;
  const usesQuad = read === 'quad' || (read !== 'band' && width < 8 && placesOf(text) > 1);
  return [
    placeSource(text),
    atSource(text),
    usesQuad ? quadSource(text) : '',
    read === 'quad' ? '' : placesSource(text),
    read === 'block' ? blockSource(text) : '',
    read === 'strip' ? stripSource(text) : '',
    read === 'band' ? bandSource(text) : '',
  ].join('\n');
}
