import { type DType, isFloat } from '../dtype.ts';
import { TensorError } from '../errors.ts';
import type { Device } from '../gpu/device.ts';
import type { Tensor } from '../tensor.ts';
import { Parameter } from './parameter.ts';
import { matchNames, type StateDict, type Stateful } from './stateDict.ts';

/**
 * Base of layers and models. Properties that hold a `Parameter`, a `Module` or an array of modules are registered
 * under the property's name; with PyTorch's names, state dicts match.
 */
export abstract class Module implements Stateful {
  /** Modules with their dotted names, in order of declaration: this one, under '', and all below it, each once. */
  namedModules(): [name: string, module: Module][] {
    const names = new Map<Module, string>([[this, '']]);
    for (const [name, member] of walk(this.members(), ''))
      if (member instanceof Module && !names.has(member)) names.set(member, name);
    return Array.from(names, ([module, name]) => [name, module]);
  }

  /** Parameters with their dotted names, in order of declaration. */
  namedParameters(): [name: string, parameter: Parameter][] {
    return Array.from(walk(this.members(), '')).filter(
      (entry): entry is [string, Parameter] => entry[1] instanceof Parameter,
    );
  }

  /** Every parameter once, also where it has several names. */
  parameters(): Parameter[] {
    return [...new Set(this.namedParameters().map(([, parameter]) => parameter))];
  }

  /**
   * Replaces the module with the dotted `name` by `module` and returns the old one, which is not disposed: `module`
   * may hold it (a low-rank adapter around a layer). The new module must have the same inputs and outputs.
   * @throws TensorError when there is no module of that name
   */
  replace(name: string, module: Module): Module {
    const keys = name.split('.');
    const last = keys.pop() ?? '';
    let members = this.members();
    for (const key of keys) members = membersOf(ownMember(members, key)) ?? {};
    const former = ownMember(members, last);
    if (!(former instanceof Module)) throw new TensorError(`replace: there is no module '${name}'`);
    Reflect.set(members, last, module);
    return former;
  }

  /** The device of the first parameter. @throws TensorError when there is none */
  get device(): Device {
    for (const parameter of this.eachParameter()) return parameter.device;
    throw new TensorError('device: this module has no parameters');
  }

  /**
   * The dtype of the first parameter of floating-point numbers, in which a model takes its inputs; others, such as
   * quantised weights, do not count. Reference: diffusers' `ModelMixin.dtype`.
   * @throws TensorError when there is none
   */
  get dtype(): DType {
    for (const { dtype } of this.eachParameter()) if (isFloat(dtype)) return dtype;
    throw new TensorError('dtype: this module has no parameters of floating-point numbers');
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
    const matches = matchNames(state, new Map(this.namedParameters()));
    for (const [name, parameter, tensor] of matches) parameter.loadTorch(name, tensor);
  }

  /** Converts every parameter to `dtype`. */
  to(dtype: DType): this;
  /**
   * Moves every parameter to `device` and frees it where it was; gradients are dropped. Parameters move one by one,
   * through the host. Optimizers and captures of this module are made anew afterwards.
   * @throws TensorError when a parameter is replaced meanwhile; what either device reports. Parameters not yet moved
   *   then stay where they are: call it again, for either device
   */
  to(device: Device): Promise<this>;
  to(target: DType | Device): this | Promise<this> {
    if (typeof target !== 'string') return this.toDevice(target);
    for (const parameter of this.parameters()) parameter.to(target);
    return this;
  }

  /** Sets whether gradients are collected on the parameters; default true. */
  requireGrad(requires: boolean): this {
    for (const parameter of this.parameters()) parameter.requireGrad(requires);
    return this;
  }

  /** Clears the gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) clearGrad(parameter.value);
  }

  dispose(): void {
    for (const parameter of this.parameters()) parameter.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private async toDevice(device: Device): Promise<this> {
    const left = new Set<Device>();
    for (const parameter of this.parameters()) {
      if (parameter.isInitialized) left.add(parameter.device);
      await parameter.toDevice(device);
    }
    left.delete(device);
    for (const former of left) former.trim();
    return this;
  }

  private *eachParameter(): Generator<Parameter> {
    for (const [, member] of walk(this.members(), '')) if (member instanceof Parameter) yield member;
  }

  /** The object whose properties are the parameters and modules: this one, unless a subclass overrides it. */
  protected members(): object {
    return this;
  }

  /** @internal The members of a module, or the items of an array of modules. */
  static membersOf(value: unknown): object | null {
    if (value instanceof Module) return value.members();
    return Array.isArray(value) ? value : null;
  }
}

const { membersOf } = Module;

function ownMember(members: object, key: string): unknown {
  return Object.hasOwn(members, key) ? Reflect.get(members, key) : undefined;
}

/** Every parameter and module among `members` and below, with its dotted name. */
function* walk(members: object, prefix: string): Generator<[string, Parameter | Module]> {
  for (const [key, value] of Object.entries(members)) {
    const name = `${prefix}${key}`;
    if (value instanceof Parameter || value instanceof Module) yield [name, value];
    const below = membersOf(value);
    if (below) yield* walk(below, `${name}.`);
  }
}

/** Drops the gradient of `tensor`, if it has one. */
export function clearGrad(tensor: Tensor): void {
  tensor.grad?.dispose();
  tensor.grad = null;
}
