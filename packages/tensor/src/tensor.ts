import type { GraphNode } from './autograd.ts';
import type { DType, HostArray, HostArrays } from './dtype.ts';
import { DisposedError, ShapeError, TensorError } from './errors.ts';
import type { Device } from './gpu/device.ts';
import { decode, encode, requireHostArray } from './hostData.ts';
import { warnAtCollection } from './leaks.ts';
import { track } from './scope.ts';
import { formatShape, numel, requireExtents, type Shape, sameShape } from './shape.ts';
import { Storage } from './storage.ts';

/**
 * A contiguous, row-major array on the device. Operations are functions `op(x, ...)`, most of them also methods
 * `x.op(...)` (methods.ts); all are synchronous, only reading data back is async.
 *
 * The handle owns its memory: dispose it, declare it with `using`, or make it inside `scope`.
 */
export class Tensor {
  /**
   * Accumulated gradient, on leaves that require one. Leaves may share its memory: replace it, do not write into it.
   */
  grad: Tensor | null = null;
  private disposed = false;
  private node: GraphNode<Tensor> | null = null;
  private isLeaf = true;
  /** Whether its collection without dispose() is warned of: not while a scope holds it, which disposes it. */
  private isWatched = false;

  private constructor(
    private readonly memory: Storage,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}

  /** @internal Memory for a result, tracked by the innermost scope. */
  static empty(device: Device, shape: Shape, dtype: DType, what: string): Tensor {
    requireExtents(what, shape);
    const tensor = new Tensor(Storage.allocate(device, dtype, numel(shape), what), shape, dtype);
    track(tensor);
    return tensor;
  }

  get device(): Device {
    return this.memory.device;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return numel(this.shape);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** @internal @throws DisposedError */
  get storage(): Storage {
    if (this.disposed)
      throw new DisposedError(`a tensor of shape ${formatShape(this.shape)} was used after dispose()`);
    return this.memory;
  }

  /** Whether gradients flow to (a leaf) or through (a result) this tensor. */
  get requiresGrad(): boolean {
    return this.node !== null;
  }

  /** @internal The node that receives this tensor's gradient. */
  get gradientNode(): GraphNode<Tensor> | null {
    return this.node;
  }

  /** @internal Makes this tensor the result of `node`. */
  attachResult(node: GraphNode<Tensor>): this {
    this.isLeaf = false;
    return this.setNode(node);
  }

  /** @internal Makes this tensor a leaf that collects a gradient, or with null stops it from doing so. */
  attachLeaf(node: GraphNode<Tensor> | null): this {
    if (!this.isLeaf)
      throw new TensorError('requireGrad: only leaves can be set; this tensor is a result. Use detach()');
    return this.setNode(node);
  }

  private setNode(node: GraphNode<Tensor> | null): this {
    this.node?.release();
    this.node = node;
    if (!this.isWatched) return this;
    this.unwatch();
    this.leaveScopes();
    return this;
  }

  /** @internal Whoever has it must dispose it from now on. */
  leaveScopes(): void {
    if (this.isWatched || this.disposed) return;
    this.isWatched = true;
    warnAtCollection(this, this.memory, this.node);
  }

  private unwatch(): void {
    if (this.isWatched) warnAtCollection.cancel(this);
    this.isWatched = false;
  }

  /** @internal A second handle on the same memory, outside the graph and outside every scope. */
  alias(): Tensor {
    const alias = new Tensor(this.storage.retain(), this.shape, this.dtype);
    alias.leaveScopes();
    return alias;
  }

  /** @internal As `viewOf`. */
  trackedView(shape: Shape): Tensor {
    const view = new Tensor(this.storage.retain(), shape, this.dtype);
    track(view);
    return view;
  }

  /** A handle on the same memory through which no gradient flows. */
  detach(): Tensor {
    return viewOf(this, this.shape);
  }

  /**
   * The elements, row-major, as a typed array (f16 widened to f32). With `as`, the array is of that dtype's type:
   * `await x.data('f32')` is a Float32Array.
   * @throws DTypeError when this tensor's dtype has another type of array; what the device reported meanwhile
   */
  data<D extends DType>(as: D): Promise<HostArrays[D]>;
  data(): Promise<HostArray>;
  async data(as?: DType): Promise<HostArray> {
    const { storage, dtype, size } = this;
    if (as) requireHostArray('data', dtype, as);
    return decode(dtype, size, await storage.device.queue.read(storage.buffer, storage.bytes));
  }

  /** The only element. @throws ShapeError when there is not exactly one */
  async item(): Promise<number> {
    const [element] = this.size === 1 ? await this.data() : [];
    if (element !== undefined) return element;
    throw new ShapeError(`item: needs one element, got shape ${formatShape(this.shape)}`);
  }

  /**
   * Overwrites the elements in place: with host data of the same count, or with a tensor of the same device, shape and
   * dtype (torch's `copy_`).
   */
  copyFrom(data: ArrayLike<number> | Tensor): this {
    if (data instanceof Tensor) return this.copyFromTensor(data);
    if (data.length !== this.size) {
      throw new ShapeError(
        `copyFrom: shape ${formatShape(this.shape)} has ${this.size} elements, got ${data.length}`,
      );
    }
    this.storage.overwrite(encode(this.dtype, data));
    return this;
  }

  private copyFromTensor(source: Tensor): this {
    if (source.device !== this.device)
      throw new TensorError('copyFrom: the tensors live on different devices');
    if (source.dtype !== this.dtype || !sameShape(source.shape, this.shape))
      throw new ShapeError(`copyFrom: ${this} cannot be overwritten with ${source}`);
    if (source.storage !== this.storage) this.storage.overwriteFrom(source.storage);
    return this;
  }

  /** Frees the memory; using the tensor afterwards throws. May be called twice. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.grad?.dispose();
    this.grad = null;
    this.unwatch();
    this.memory.release();
    this.node?.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return `Tensor(${formatShape(this.shape)}, ${this.dtype})`;
  }
}

/**
 * A handle on the memory of `x` with another shape of as many elements, outside the graph and unchecked, tracked by the
 * innermost scope: for results of kernels. Operations use `reshape`.
 */
export function viewOf(x: Tensor, shape: Shape): Tensor {
  return x.trackedView(shape);
}

/** As `viewOf`, in place of `x`, an intermediate of the caller's own. */
export function reshaped(x: Tensor, shape: Shape): Tensor {
  const view = viewOf(x, shape);
  x.dispose();
  return view;
}
