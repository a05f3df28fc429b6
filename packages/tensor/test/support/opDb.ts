import type { Tensor } from '../../src/index.ts';
import type { GoldenArgument, GoldenCase } from './golden.ts';

/** What is known of a tensor before it is on the device. */
export interface TensorFacts {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** The arguments of an op_db sample by their names in `reference/tensor/op_db.py`, in camelCase. */
export class Arguments<T extends TensorFacts> {
  constructor(
    private readonly tensors: ReadonlyMap<string, T>,
    private readonly rest: Readonly<Record<string, GoldenArgument>>,
  ) {}

  has(name: string): boolean {
    return this.tensors.has(name) || name in this.rest;
  }

  /** @throws Error where the sample has no tensor of this name */
  tensor(name: string): T {
    const found = this.tensors.get(name);
    if (found === undefined) throw new Error(`the sample has no tensor called ${name}`);
    return found;
  }

  optionalTensor(name: string): T | null {
    return this.tensors.get(name) ?? null;
  }

  /** The tensors of a list, which are stored as `name0`, `name1`, .. */
  list(name: string): T[] {
    return Array.from(this.tensors)
      .filter(([key]) => key.startsWith(name))
      .map(([, tensor]) => tensor);
  }

  number(name: string, otherwise?: number): number {
    const value = this.rest[name] ?? otherwise;
    if (value === 'inf') return Number.POSITIVE_INFINITY;
    if (value === '-inf') return Number.NEGATIVE_INFINITY;
    if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
    throw new Error(`the sample's ${name} is ${value}, and no number`);
  }

  /** A list of numbers; a single number counts as a list of one. */
  numbers(name: string): number[] {
    return [this.rest[name]].flat(2).map((value) => {
      if (typeof value !== 'number')
        throw new Error(`the sample's ${name} is ${value}, and no list of numbers`);
      return value;
    });
  }

  isList(name: string): boolean {
    return Array.isArray(this.rest[name]);
  }

  text(name: string): string | undefined {
    const value = this.rest[name];
    return typeof value === 'string' ? value : undefined;
  }

  flag(name: string, otherwise = false): boolean {
    return this.rest[name] === undefined ? otherwise : this.rest[name] === true;
  }
}

/**
 * How an operation of PyTorch is called here. Only layouts, names, defaults and sugar (`alpha`, `padding='same'`) may
 * be spelled out: a sample whose meaning takes more is not expressible.
 */
export interface OpDbOperation {
  readonly run: (args: Arguments<Tensor>) => Tensor | Tensor[];
  /** The absolute error that PyTorch's own tests of the operation allow in f32, where it is more than 1e-5. */
  readonly atol?: number;
  /** What a sample asks for that does not exist here, in the words of docs/features.md. */
  readonly limit?: (args: Arguments<TensorFacts>) => string | false;
}

/** Why a sample is not expressible, or null where it is. */
export function limitOf(c: GoldenCase, operation: OpDbOperation): string | null {
  return operation.limit?.(new Arguments<TensorFacts>(c.inputs, c.args)) || null;
}

/** A sample's call on the tensors of its inputs, in their order. */
export function runOf(c: GoldenCase, operation: OpDbOperation): (inputs: Tensor[]) => Tensor | Tensor[] {
  const names = [...c.inputs.keys()];
  return (inputs) =>
    operation.run(new Arguments(new Map(names.map((name, i) => [name, inputs[i]!])), c.args));
}
