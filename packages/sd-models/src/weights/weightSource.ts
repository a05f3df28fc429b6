import { CheckpointError } from '../checkpointError.ts';

/** A stored tensor as a safetensors header describes it. */
export interface TensorInfo {
  /** The safetensors dtype, such as `F16`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

export type TensorTable = ReadonlyMap<string, TensorInfo>;

/** A safetensors file's path and the tensors that its header lists. */
export interface TensorFile {
  readonly path: string;
  readonly tensors: TensorTable;
}

/** Reads a safetensors file's header. */
export type ReadTensorTable = (path: string) => Promise<TensorTable>;

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
  /** Path of the safetensors file. */
  readonly file: string;
  /** The tensor's name in that file. */
  readonly key: string;
  readonly dtype: string;
  /** The weight's shape, after `view`. */
  readonly shape: readonly number[];
  readonly view?: WeightView;
}

/**
 * A checkpoint by the model's own names (diffusers' and transformers' state dict keys). Tensors that no renaming
 * knows keep their stored names, so that the loader's match by name lists them as unexpected.
 */
export type Checkpoint = ReadonlyMap<string, WeightSource>;

/** The tensors of one file under their stored names. */
export function storedCheckpoint(file: TensorFile): Checkpoint {
  return new Map(
    [...file.tensors].map(([key, { dtype, shape }]) => [key, { file: file.path, key, dtype, shape }]),
  );
}

/**
 * Collects renamed weights into a checkpoint.
 *
 * @throws CheckpointError if two stored tensors claim one name.
 */
export function collectWeights(weights: Iterable<readonly [string, WeightSource]>): Checkpoint {
  const checkpoint = new Map<string, WeightSource>();
  for (const [name, source] of weights) {
    const other = checkpoint.get(name);
    if (other) {
      throw new CheckpointError(
        `The weight '${name}' is stored twice, as '${other.key}' in ${other.file} and as '${source.key}' in ${source.file}; remove one of them.`,
      );
    }
    checkpoint.set(name, source);
  }
  return checkpoint;
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
 * 1x1 convolution's [C, C, 1, 1] do; undefined where they differ otherwise.
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
