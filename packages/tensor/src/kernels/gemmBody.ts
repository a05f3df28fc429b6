import type { DType } from '../dtype.ts';
import type { GemmTile } from '../gpu/gemmTile.ts';
import type { OperandText } from './gemmOperand.ts';
import type { Width } from './wgsl.ts';

/** Everything that the text of a product's kernel depends on. */
export interface GemmText {
  /** The operation's name. */
  readonly name: string;
  readonly tile: GemmTile;
  /** Products of the same A, each with a B, a bias and a result of its own. */
  readonly members: number;
  readonly a: OperandText;
  readonly b: OperandText;
  /** Whether an operand gathers from an image. */
  readonly image: boolean;
  readonly storeWidth: Width;
  readonly storeDtype: DType;
  readonly biasDtype: DType | null;
  readonly addend: AddendText | null;
  readonly activation: GemmActivation | null;
  /** Whether the kernel's rows are the product's columns. */
  readonly transposed: boolean;
}

/** What becomes of every sum; `geglu`: value * gelu(gate) of the columns' two halves, as `geglu`. */
export type GemmActivation = 'silu' | 'geglu';

/** What is added to every element in the same pass. */
export interface AddendText {
  readonly dtype: DType;
  /** Whether several rows of the product share a row of it. */
  readonly shared: boolean;
}

/** Body of a product's kernel: the tile a workgroup computes, from the operands' accessors to `store_tile`. */
export interface GemmBody {
  readonly workgroup: number;
  readonly declarations: string;
  readonly main: string;
  readonly subgroups: boolean;
}

export type Tile<K extends GemmTile['kind']> = Extract<GemmTile, { kind: K }>;
