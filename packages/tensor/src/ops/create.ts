import type { DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { currentDevice, type Device } from '../gpu/device.ts';
import { encode } from '../hostData.ts';
import { fillWith } from '../kernels/fill.ts';
import { formatShape, numel, type Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/** Dtype and device of a tensor that is made. */
export interface CreateOptions {
  /** Default 'f32'. */
  dtype?: DType;
  /** Default: the device opened last. */
  device?: Device;
}

/** A number, or numbers in nested arrays of equal lengths. */
export type NestedArray = number | readonly NestedArray[];

/**
 * A tensor from host data: a number, nested arrays, or flat data with a `shape`.
 * @throws ShapeError when nested arrays are ragged or `shape` does not hold the data
 */
export function tensor(
  data: NestedArray | ArrayLike<number>,
  options: CreateOptions & { shape?: Shape } = {},
): Tensor {
  const flat = flatten(data);
  const shape = options.shape ?? flat.shape;
  if (numel(shape) !== flat.values.length) {
    throw new ShapeError(`tensor: shape ${formatShape(shape)} does not hold ${flat.values.length} elements`);
  }
  const dtype = options.dtype ?? 'f32';
  const out = Tensor.empty(options.device ?? currentDevice(), shape, dtype, 'tensor');
  if (flat.values.length > 0) out.storage.fill(encode(dtype, flat.values));
  return out;
}

/**
 * A tensor from bytes already in device layout (f32, i32, u32: little-endian words; f16: packed halves), without
 * a conversion on the host. `bytes` must be padded to a multiple of 4.
 */
export function fromBytes(
  bytes: Uint8Array<ArrayBuffer>,
  shape: Shape,
  options: CreateOptions & { dtype: 'f32' | 'f16' | 'i32' | 'u32' },
): Tensor {
  const expected = Math.ceil((numel(shape) * (options.dtype === 'f16' ? 2 : 4)) / 4) * 4;
  if (bytes.byteLength !== expected) {
    throw new ShapeError(
      `fromBytes: ${options.dtype} ${formatShape(shape)} takes ${expected} bytes, got ${bytes.byteLength}`,
    );
  }
  const out = Tensor.empty(options.device ?? currentDevice(), shape, options.dtype, 'fromBytes');
  if (expected > 0) out.storage.fill(bytes);
  return out;
}

function flatten(data: NestedArray | ArrayLike<number>): { values: ArrayLike<number>; shape: number[] } {
  if (typeof data === 'number') return { values: [data], shape: [] };
  if (!Array.isArray(data)) return { values: data as ArrayLike<number>, shape: [data.length] };
  const shape: number[] = [];
  for (let level: NestedArray | undefined = data; Array.isArray(level); level = level[0])
    shape.push(level.length);
  const values: number[] = [];
  collect(data, shape, 0, values);
  return { values, shape };
}

function collect(data: NestedArray, shape: Shape, dim: number, into: number[]): void {
  if (typeof data === 'number') {
    if (dim !== shape.length) throw new ShapeError('tensor: nested arrays are ragged');
    into.push(data);
    return;
  }
  if (data.length !== shape[dim]) throw new ShapeError('tensor: nested arrays are ragged');
  for (const item of data) collect(item, shape, dim + 1, into);
}

/** Sets every element of `x` to `value`, converted to its dtype as by `tensor`, in place. */
export function fill(x: Tensor, value: number): Tensor {
  fillWith(x, value);
  return x;
}

/** Memory with arbitrary contents, for a kernel to write. Reference: torch.empty. */
export function empty(shape: Shape, options: CreateOptions = {}): Tensor {
  return Tensor.empty(options.device ?? currentDevice(), shape, options.dtype ?? 'f32', 'empty');
}

/** A tensor whose elements all equal `value`. */
export function full(shape: Shape, value: number, options: CreateOptions = {}): Tensor {
  return fill(Tensor.empty(options.device ?? currentDevice(), shape, options.dtype ?? 'f32', 'full'), value);
}

/** A tensor of zeros. */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  return full(shape, 0, options);
}

/** A tensor of ones. */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  return full(shape, 1, options);
}

/**
 * `start, start + step, ...` up to but without `end`; made on the host.
 * @throws ShapeError when it would never end
 */
export function arange(start: number, end: number, step = 1, options: CreateOptions = {}): Tensor {
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (!Number.isFinite(count))
    throw new ShapeError(`arange: a step of ${step} never gets from ${start} to ${end}`);
  return tensor(
    Float64Array.from({ length: count }, (_, i) => start + i * step),
    options,
  );
}

/** `count` numbers evenly spaced from `start` to `end`, both included; computed from both ends as torch does. */
export function linspace(start: number, end: number, count: number, options: CreateOptions = {}): Tensor {
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  const value = (i: number) => (i < count / 2 ? start + step * i : end - step * (count - 1 - i));
  return tensor(
    Float64Array.from({ length: count }, (_, i) => value(i)),
    options,
  );
}
