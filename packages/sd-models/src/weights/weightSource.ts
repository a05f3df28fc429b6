import { CheckpointError } from '../checkpointError.ts';
import type { ModelFile } from '../files/modelFiles.ts';

/** A stored tensor as a safetensors header describes it. */
export interface TensorInfo {
  /** The safetensors dtype, such as `F16`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

export type TensorTable = ReadonlyMap<string, TensorInfo>;

/** A safetensors file and the tensors that its header lists. */
export interface TensorFile {
  readonly file: ModelFile;
  readonly tensors: TensorTable;
  /** The free text of the header's `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * How a weight is read out of a stored tensor that holds it in another form:
 * - `transpose`: the stored matrix has its two axes swapped;
 * - `rows`: the weight is rows `start` (included) to `end` (excluded) of the stored tensor;
 * - `reshape`: the same elements in the same order under another shape.
 */
export type WeightView =
  | { readonly kind: 'transpose' }
  | { readonly kind: 'rows'; readonly start: number; readonly end: number }
  | { readonly kind: 'reshape' };

/** Where one weight of a model is stored. */
export interface WeightSource {
  /** The safetensors file. */
  readonly file: ModelFile;
  /** The tensor's name in that file. */
  readonly key: string;
  readonly dtype: string;
  /** The weight's shape, after `view`. */
  readonly shape: readonly number[];
  readonly view?: WeightView;
  /** The same weight under other names of older programs; its bytes must be equal, which is checked when it is read. */
  readonly copies?: readonly WeightSource[];
}

/**
 * A model's weights by the model's own names (diffusers' and transformers' state dict keys). Tensors that no renaming
 * knows keep their stored names, so that the loader's match by name lists them as unexpected.
 */
export type StateDict = ReadonlyMap<string, WeightSource>;

/** The tensors of one file under their stored names. */
export function storedTensors({ file, tensors }: TensorFile): StateDict {
  return new Map([...tensors].map(([key, { dtype, shape }]) => [key, { file, key, dtype, shape }]));
}

/**
 * Collects renamed weights. Programs that renamed tensors have left some files with both names of one tensor: such a
 * weight is one, with copies.
 *
 * @throws CheckpointError if two stored tensors of different dtypes, shapes or views claim one name
 */
export function collectWeights(weights: Iterable<readonly [string, WeightSource]>): StateDict {
  const collected = new Map<string, WeightSource>();
  for (const [name, source] of weights) {
    const first = collected.get(name);
    if (first && !isCopy(first, source)) throw storedTwice(name, first, source);
    collected.set(name, first ? { ...first, copies: [...(first.copies ?? []), source] } : source);
  }
  return collected;
}

function isCopy(a: WeightSource, b: WeightSource): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape) && a.view?.kind === b.view?.kind;
}

/** That one weight is stored with two contents. */
export function storedTwice(name: string, a: WeightSource, b: WeightSource): CheckpointError {
  return new CheckpointError(
    `The weight '${name}' is stored twice and differently, as '${a.key}' in ${a.file.name} and as '${b.key}' in ${b.file.name}; remove one of them.`,
  );
}

/** The transpose of a stored matrix, [m, n] to [n, m]. */
export function transposed(source: WeightSource): WeightSource {
  return { ...source, shape: [...source.shape].reverse(), view: { kind: 'transpose' } };
}

/** Rows `start` to `end` of a stored tensor: [end - start, ...rest]. */
export function rowsOf(source: WeightSource, start: number, end: number): WeightSource {
  return { ...source, shape: [end - start, ...source.shape.slice(1)], view: { kind: 'rows', start, end } };
}

/**
 * The source under `shape` where the two shapes differ only by ones at the end, as a linear layer's [C, C] and a
 * 1x1 convolution's [C, C, 1, 1] do; undefined if they differ otherwise.
 */
export function withShape(source: WeightSource, shape: readonly number[]): WeightSource | undefined {
  if (sameShape(source.shape, shape)) return source;
  if (source.view || !sameShape(withoutTrailingOnes(source.shape), withoutTrailingOnes(shape)))
    return undefined;
  return { ...source, shape: [...shape], view: { kind: 'reshape' } };
}

function withoutTrailingOnes(shape: readonly number[]): readonly number[] {
  const last = shape.findLastIndex((size) => size !== 1);
  return shape.slice(0, last + 1);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
