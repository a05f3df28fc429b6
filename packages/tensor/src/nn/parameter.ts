import type { DType } from '../dtype.ts';
import { requireGrad } from '../graph.ts';
import { cast } from '../ops/cast.ts';
import { permute } from '../ops/permute.ts';
import { keep, scope } from '../scope.ts';
import { requireShape, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** How PyTorch's layout of a parameter becomes ours: our axis i is PyTorch's axis `fromTorch[i]`. */
export interface ParameterLayout {
  readonly fromTorch: readonly number[];
}

/** Linear weights: PyTorch's [out, in] is our [in, out]. */
export const LINEAR_LAYOUT: ParameterLayout = { fromTorch: [1, 0] };
/** Convolution weights: PyTorch's [out, in, kH, kW] is our [kH, kW, in, out]. */
export const CONV_LAYOUT: ParameterLayout = { fromTorch: [2, 3, 1, 0] };

/**
 * A tensor that a module learns. Its memory is made when it is first used, so that a model whose weights are
 * loaded from a file never holds a second, random set.
 */
export class Parameter {
  private tensor: Tensor | null = null;
  private wantsGrad = true;

  constructor(
    /** Shape in this library's layout. */
    readonly shape: Shape,
    private readonly initialize: () => Tensor,
    private readonly layout: ParameterLayout | null = null,
  ) {}

  /** The tensor, initialised at first use. */
  get value(): Tensor {
    this.tensor ??= this.adopt(scope(this.initialize));
    return this.tensor;
  }

  /** Whether memory has been made or loaded. */
  get isInitialized(): boolean {
    return this.tensor !== null;
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
    return scope(() => (layout ? permute(value.detach(), inverse(layout.fromTorch)) : value.detach()));
  }

  /** Takes `value`, in PyTorch's layout, as the parameter. `value` stays the caller's. @throws ShapeError */
  loadTorch(name: string, value: Tensor): void {
    requireShape('loadStateDict', `'${name}'`, value.shape, this.torchShape);
    const { layout } = this;
    this.replace(scope(() => (layout ? permute(value.detach(), layout.fromTorch) : value.detach())));
  }

  /** Converts the value to `dtype`. */
  to(dtype: DType): void {
    if (this.value.dtype !== dtype) this.replace(scope(() => cast(this.value.detach(), dtype)));
  }

  requireGrad(requires: boolean): void {
    this.wantsGrad = requires;
    if (this.tensor) requireGrad(this.tensor, requires);
  }

  dispose(): void {
    this.tensor?.dispose();
    this.tensor = null;
  }

  private replace(value: Tensor): void {
    this.tensor?.dispose();
    this.tensor = this.adopt(value);
  }

  private adopt(value: Tensor): Tensor {
    return requireGrad(keep(value), this.wantsGrad);
  }
}

function inverse(axes: readonly number[]): number[] {
  const result = new Array<number>(axes.length);
  for (const [i, axis] of axes.entries()) result[axis] = i;
  return result;
}
