import type { DType } from '../dtype.ts';
import { TensorError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { Parameter } from './parameter.ts';

/** A module's parameters by name, in PyTorch's layouts. */
export type StateDict = ReadonlyMap<string, Tensor>;

/**
 * Base of layers and models. Properties that hold a `Parameter`, a `Module` or an array of modules are found by
 * themselves, under the property's name: name them as PyTorch does, and state dicts fit.
 */
export abstract class Module {
  /** Parameters with their dotted names, in order of declaration. */
  namedParameters(): [name: string, parameter: Parameter][] {
    const found: [string, Parameter][] = [];
    for (const [name, value] of Object.entries(this)) collectParameters(name, value, found);
    return found;
  }

  /** Every parameter once, also where it has several names. */
  parameters(): Parameter[] {
    return [...new Set(this.namedParameters().map(([, parameter]) => parameter))];
  }

  /** Copies of all parameters in PyTorch's layouts; the caller disposes them. */
  stateDict(): Map<string, Tensor> {
    return new Map(this.namedParameters().map(([name, parameter]) => [name, parameter.toTorch()]));
  }

  /**
   * Copies every parameter from `state`.
   * @throws TensorError listing all missing and unexpected names; ShapeError naming a misshapen one
   */
  loadStateDict(state: StateDict): void {
    const parameters = new Map(this.namedParameters());
    const missing = [...parameters.keys()].filter((name) => !state.has(name));
    const unexpected = [...state.keys()].filter((name) => !parameters.has(name));
    if (missing.length + unexpected.length > 0) {
      throw new TensorError(
        `loadStateDict: missing [${missing.join(', ')}], unexpected [${unexpected.join(', ')}]`,
      );
    }
    for (const [name, parameter] of parameters) parameter.loadTorch(name, state.get(name)!);
  }

  /** Converts every parameter to `dtype`. */
  to(dtype: DType): this {
    for (const parameter of this.parameters()) parameter.to(dtype);
    return this;
  }

  /** Whether gradients are collected on the parameters; they are until told otherwise. */
  requireGrad(requires: boolean): this {
    for (const parameter of this.parameters()) parameter.requireGrad(requires);
    return this;
  }

  /** Drops the gradients collected so far. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) clearGrad(parameter.value);
  }

  dispose(): void {
    for (const parameter of this.parameters()) parameter.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Drops the gradient of `tensor`, if it has one. */
export function clearGrad(tensor: Tensor): void {
  tensor.grad?.dispose();
  tensor.grad = null;
}

function collectParameters(name: string, value: unknown, found: [string, Parameter][]): void {
  if (value instanceof Parameter) found.push([name, value]);
  else if (value instanceof Module) {
    for (const [child, parameter] of value.namedParameters()) found.push([`${name}.${child}`, parameter]);
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) collectParameters(`${name}.${i}`, item, found);
  }
}
