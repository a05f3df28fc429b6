import type { DType } from '../dtype.ts';
import { ShapeError, TensorError } from '../errors.ts';
import type { Device } from '../gpu/device.ts';
import { requireGrad } from '../graph.ts';
import { cast, clone } from '../ops/cast.ts';
import { permute } from '../ops/permute.ts';
import { toDevice } from '../ops/toDevice.ts';
import { keep, scope } from '../scope.ts';
import { formatShape, requireShape, type Shape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** How PyTorch's layout of a parameter becomes ours: our dimension i is PyTorch's dimension `fromTorch[i]`. */
export interface ParameterLayout {
  readonly fromTorch: readonly number[];
}

/** Where the parameters of a layer are made. */
export interface DeviceOption {
  /** Default: the device that is current when a parameter is first used. */
  readonly device?: Device;
}

/** Linear weights: PyTorch's [out, in] is our [in, out]. */
export const LINEAR_LAYOUT: ParameterLayout = { fromTorch: [1, 0] };
/** Convolution weights: PyTorch's [out, in, kH, kW] is our [kH, kW, in, out]. */
export const CONV_LAYOUT: ParameterLayout = { fromTorch: [2, 3, 1, 0] };

/**
 * A learnable tensor of a module. Its memory is allocated when it is first used, so that a model whose weights are
 * loaded from a file never holds a second, random set.
 */
export class Parameter {
  /** Empty until the first use; several where `loadRows` was given several. */
  private blocks: readonly Tensor[] = [];
  private wantsGrad = true;

  constructor(
    /** Shape in this library's layout. */
    readonly shape: Shape,
    /** The first value, on the device of the options. */
    private readonly initialize: (options: DeviceOption) => Tensor,
    private readonly layout: ParameterLayout | null = null,
    /** Where the first value is made. */
    private placement: DeviceOption = {},
  ) {}

  /** The tensor, initialised at first use. @throws TensorError when it lies in several blocks of rows */
  get value(): Tensor {
    const [first, ...others] = this.rowBlocks;
    if (first && others.length === 0) return first;
    throw new TensorError(
      `value: this parameter of shape ${formatShape(this.shape)} lies in ${1 + others.length} blocks; use rowBlocks`,
    );
  }

  /** The value in consecutive blocks of rows (dimension 0): one, unless `loadRows` was given several. */
  get rowBlocks(): readonly Tensor[] {
    if (this.blocks.length === 0) this.blocks = [this.adopt(scope(() => this.initialize(this.placement)))];
    return this.blocks;
  }

  /** The device that the value is on. */
  get device(): Device {
    return this.firstBlock.device;
  }

  get dtype(): DType {
    return this.firstBlock.dtype;
  }

  /** Whether memory has been made or loaded. */
  get isInitialized(): boolean {
    return this.blocks.length > 0;
  }

  /** Shape in PyTorch's layout, as state dicts hold it. */
  get torchShape(): Shape {
    if (!this.layout) return this.shape;
    const shape = new Array<number>(this.shape.length);
    for (const [ours, torch] of this.layout.fromTorch.entries()) shape[torch] = this.shape[ours]!;
    return shape;
  }

  /** A copy of the value in PyTorch's layout, outside the graph. */
  toTorch(): Tensor {
    const { value, layout } = this;
    return scope(() => inOrder(value.detach(), layout ? inverse(layout.fromTorch) : undefined));
  }

  /** Takes a copy of `value`, in PyTorch's layout, as the parameter. @throws ShapeError */
  loadTorch(name: string, value: Tensor): void {
    requireShape('loadStateDict', `'${name}'`, value.shape, this.torchShape);
    this.replace([scope(() => inOrder(value.detach(), this.layout?.fromTorch))]);
  }

  /**
   * Takes copies of consecutive blocks of rows (dimension 0) as the parameter: a table larger than the adapter's
   * largest binding. @throws ShapeError
   */
  loadRows(name: string, blocks: readonly Tensor[]): void {
    const rows = blocks.reduce((count, block) => count + (block.shape[0] ?? 0), 0);
    const odd = blocks.find((block) => !sameShape(block.shape.slice(1), this.shape.slice(1)));
    if (this.layout || odd || rows !== this.shape[0]) {
      throw new ShapeError(
        `loadRows: blocks ${blocks.map((block) => formatShape(block.shape)).join(', ')} do not add up to '${name}' of shape ${formatShape(this.shape)}`,
      );
    }
    this.replace(blocks.map((block) => scope(() => clone(block.detach()))));
  }

  /** Converts the value to `dtype`. */
  to(dtype: DType): void {
    const { rowBlocks } = this;
    if (rowBlocks.every((block) => block.dtype === dtype)) return;
    this.replace(rowBlocks.map((block) => scope(() => cast(block.detach(), dtype))));
  }

  /**
   * Moves the value to `device`, through the host; before the first use nothing is moved, it will be made there. The
   * gradient is dropped.
   * @throws TensorError when the value was replaced meanwhile; what either device reports. The value then stays
   */
  async toDevice(device: Device): Promise<void> {
    const { blocks } = this;
    if (blocks.some((block) => block.device !== device)) await this.move(blocks, device);
    this.placement = { device };
  }

  requireGrad(requires: boolean): void {
    this.wantsGrad = requires;
    for (const block of this.blocks) requireGrad(block, requires);
  }

  dispose(): void {
    for (const block of this.blocks) block.dispose();
    this.blocks = [];
  }

  private async move(blocks: readonly Tensor[], device: Device): Promise<void> {
    const moved: Tensor[] = [];
    try {
      for (const block of blocks) moved.push(await toDevice(block, device));
      // Uploads do not pile up on the host.
      await device.sync();
      if (this.blocks !== blocks)
        throw new TensorError('to: a parameter was replaced while it was moved; await `to(device)` first');
    } catch (error) {
      for (const block of moved) block.dispose();
      throw error;
    }
    this.replace(moved);
  }

  private get firstBlock(): Tensor {
    const [first] = this.rowBlocks;
    if (first) return first;
    throw new TensorError(`this parameter of shape ${formatShape(this.shape)} has no rows`);
  }

  private replace(blocks: readonly Tensor[]): void {
    this.dispose();
    this.blocks = blocks.map((block) => this.adopt(block));
  }

  private adopt(value: Tensor): Tensor {
    return requireGrad(keep(value), this.wantsGrad);
  }
}

/** A copy of `x` with its dimensions in the order `dims`. */
function inOrder(x: Tensor, dims: readonly number[] | undefined): Tensor {
  const ordered = dims ? permute(x, dims) : x;
  // Where only dimensions of extent 1 move, permute shares the memory.
  return ordered.storage === x.storage ? clone(ordered) : ordered;
}

function inverse(dims: readonly number[]): number[] {
  const result = new Array<number>(dims.length);
  for (const [i, dim] of dims.entries()) result[dim] = i;
  return result;
}
