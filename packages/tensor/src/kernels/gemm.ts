import type { DType } from '../dtype.ts';
import { depthOf, type GemmTile } from '../gpu/gemmTile.ts';
import { type GemmPlan, gemmKey } from '../gpu/gemmTuning.ts';
import { extentOf, numel, type Shape } from '../shape.ts';
import { reshaped, Tensor } from '../tensor.ts';
import { replaceAs } from './cast.ts';
import { gegluForward } from './geglu.ts';
import type { GemmActivation, GemmText } from './gemmBody.ts';
import { gemmKernel } from './gemmKernel.ts';
import {
  type GemmOperand,
  type ImageWalk,
  type OperandRead,
  type OperandText,
  type Side,
  widestLoad,
  widthOf,
} from './gemmOperand.ts';
import { pointwise } from './pointwise.ts';
import { reduceMiddle, SUM } from './reduce.ts';
import { run } from './run.ts';
import type { LoadWidth } from './wgsl.ts';

/**
 * C[batch][m][n] = bias[n] + addend[batch][m][n] + sum over (tap, c) of A[batch][m][tap, c] B[batch][tap, c][n], accumulated in f32.
 * One kernel body serves every layout of the operands (see `OperandLayout`).
 */
export interface Gemm {
  /** The operation's name. */
  readonly name: string;
  readonly a: GemmOperand;
  readonly b: GemmOperand;
  readonly bias: Tensor | null;
  readonly addend: Addend | null;
  /** What becomes of the sums; with `geglu` the result has half of the columns. */
  readonly activation: GemmActivation | null;
  readonly batch: Shape;
  readonly m: number;
  readonly n: number;
  /** The inner dimension: `taps` runs of `depth`. */
  readonly taps: number;
  readonly depth: number;
  /** The image that an operand gathers from. */
  readonly image: ImageWalk | null;
  readonly output: GemmOutput;
}

/** The B and the bias of a further product: of the shape, the layout and the dtype of the first's. */
export interface JointOperands {
  readonly b: Tensor;
  readonly bias: Tensor | null;
}

/** Added to the product in the same pass; it lies as the result does, but has one row for every `rows` of it. */
export interface Addend {
  readonly tensor: Tensor;
  readonly rows: number;
}

/** C[batch][m][n] goes to batch * strides.batch + m * strides.row + n, and takes bias[batch * strides.bias + n]. */
export interface GemmOutput {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly strides: { readonly batch: number; readonly row: number; readonly bias: number };
}

/** The product as a tensor of `output.shape` and `output.dtype`. */
export function gemm(problem: Gemm): Tensor {
  return planned(problem, 1, (plan) => computeGemm(problem, plan));
}

/**
 * The product, and those of the same A with `others`, in one launch: of tiles that suit GPUs, where a launch costs more
 * than the choice of B at every load. `problem` has no addend, no activation and no batch.
 */
export function jointGemm(problem: Gemm, others: readonly JointOperands[]): Tensor[] {
  const alone = ({ b, bias }: JointOperands) => gemm({ ...problem, b: { ...problem.b, tensor: b }, bias });
  if (!problem.a.tensor.device.tuning.joinsProducts) return [gemm(problem), ...others.map(alone)];
  return planned(problem, 1 + others.length, (plan) => computeSums(problem, others, plan));
}

/** What `compute` makes by the plan for `count` products of the problem's size. */
function planned<T>(problem: Gemm, count: number, compute: (plan: GemmPlan) => T): T {
  const { m, n, taps, depth, batch, a, b } = problem;
  const { tuning } = a.tensor.device;
  const halves = a.tensor.dtype === 'f16' && b.tensor.dtype === 'f16';
  const size = { m, n, k: taps * depth, batch: count * numel(batch), halves };
  const plan = tuning.gemm(size);
  return tuning.namesProducts ? a.tensor.device.labelled(gemmKey(size), () => compute(plan)) : compute(plan);
}

function computeGemm(problem: Gemm, plan: GemmPlan): Tensor {
  const { activation } = problem;
  if (activation && !activatesSums(problem, plan))
    return activated(computeGemm({ ...problem, activation: null }, plan), activation);
  const whole = activation === 'geglu' ? { ...problem, output: halved(problem.output) } : problem;
  return computeSums(whole, [], plan)[0]!;
}

function computeSums(problem: Gemm, others: readonly JointOperands[], plan: GemmPlan): Tensor[] {
  return plan.splits > 1 ? splitGemms(problem, others, plan) : wholeGemms(problem, others, plan);
}

/** Whether the kernel that makes the sums can apply the activation; parts of sums cannot. */
function activatesSums({ activation, b, n, batch, addend }: Gemm, { tile, splits }: GemmPlan): boolean {
  if (splits > 1 || activation === 'silu') return splits === 1;
  const plain = b.layout === 'matrix' && b.contiguous === 'outer' && batch.length === 0 && !addend;
  return tile.kind === 'matrix' && plain && n % tile.unit.n === 0;
}

/** `product` after the activation; disposes it. */
function activated(product: Tensor, activation: GemmActivation): Tensor {
  const columns = extentOf(product.shape, -1) / 2;
  const y =
    activation === 'geglu'
      ? gegluForward(product, [...product.shape.slice(0, -1), columns])
      : pointwise({ name: 'silu', expression: 'a / (1.0 + exp(-a))' }, [product], product.dtype);
  product.dispose();
  return y;
}

function halved({ shape, dtype, strides }: GemmOutput): GemmOutput {
  const half = [...shape.slice(0, -1), extentOf(shape, -1) / 2];
  return { shape: half, dtype, strides: { ...strides, row: strides.row / 2 } };
}

function wholeGemms(problem: Gemm, others: readonly JointOperands[], plan: GemmPlan): Tensor[] {
  const { output } = problem;
  const { device } = problem.a.tensor;
  const text = textOf(problem, plan, 1 + others.length);
  const dtype = output.dtype === 'f16' && text.storeWidth === 4 ? 'f16' : 'f32';
  const results = Array.from({ length: text.members }, () =>
    Tensor.empty(device, output.shape, dtype, problem.name),
  );
  launch(problem, plan, text, results, { split: WHOLE, others });
  return results.map((y) => replaceAs(y, output.dtype));
}

/** Sums the parts of products whose inner dimension is cut, because their tiles alone are too few workgroups. */
function splitGemms(problem: Gemm, others: readonly JointOperands[], plan: GemmPlan): Tensor[] {
  const { output, name } = problem;
  const split = splitOf(problem, plan);
  const count = split.taps * split.depths;
  const text = textOf(problem, plan, 1 + others.length);
  const parts = Array.from({ length: text.members }, () =>
    Tensor.empty(problem.a.tensor.device, [count, ...output.shape], 'f32', name),
  );
  launch(problem, plan, text, parts, { split, others });
  const shape = { outer: 1, length: count, inner: numel(output.shape) };
  return parts.map((part) => {
    const sum = reduceMiddle(part, SUM, shape, output.dtype);
    part.dispose();
    return reshaped(sum, output.shape);
  });
}

/** Into how many parts the taps and the depth are cut, and how long a part is. */
interface Split {
  readonly taps: number;
  readonly depths: number;
  readonly tapSpan: number;
  readonly depthSpan: number;
}

const ALL = 0xffffffff;
const WHOLE: Split = { taps: 1, depths: 1, tapSpan: ALL, depthSpan: ALL };

function splitOf({ taps, depth }: Gemm, { tile, splits }: GemmPlan): Split {
  const step = depthOf(tile);
  const tapSpan = Math.ceil(taps / Math.min(taps, splits));
  const tapParts = Math.ceil(taps / tapSpan);
  const wanted = Math.max(1, Math.round(splits / tapParts));
  const depthSpan = Math.ceil(depth / wanted / step) * step;
  return { taps: tapParts, depths: Math.ceil(depth / depthSpan), tapSpan, depthSpan };
}

/** The operand whose outer index runs along the kernel's rows, and the one along its columns (the lanes). */
function sides({ a, b, m, n }: Gemm, transposed: boolean) {
  return transposed ? { a: b, b: a, m: n, n: m } : { a, b, m, n };
}

/** How a kernel reads an operand: what it holds or stages, a row or column or several. */
function readOf(tile: GemmTile, side: Side, contiguous: GemmOperand['contiguous']): OperandRead {
  if (tile.kind === 'matrix') return tile.staged === 'natural' && contiguous === 'outer' ? 'band' : 'strip';
  return side === 'a' && tile.kind === 'broadcast' ? 'quad' : 'block';
}

/** For `geglu`, columns of values and of gates lie by turns in one unit of sums, so that a lane finds both. */
function interleavedColumns({ activation }: Gemm, tile: GemmTile): number | null {
  return activation === 'geglu' && tile.kind === 'matrix' ? tile.unit.n / 2 : null;
}

function textOf(problem: Gemm, plan: GemmPlan, members: number): GemmText {
  const { depth, image, output, bias, addend } = problem;
  const { tile, transposed } = plan;
  const { a, b, m, n } = sides(problem, transposed);
  const ragged = depth === 0 || depth % depthOf(tile) !== 0;
  const operandText = (side: Side, operand: GemmOperand, outer: number, most: LoadWidth): OperandText => {
    const { tensor, layout, contiguous } = operand;
    const read = readOf(tile, side, contiguous);
    const interleaved = side === 'b' ? interleavedColumns(problem, tile) : null;
    const widths = [
      most,
      widestLoad(read, contiguous),
      widthOf(operand, outer, depth, image),
      interleaved ?? 8,
    ];
    const width = Math.min(...widths) as LoadWidth;
    return { side, dtype: tensor.dtype, layout, contiguous, width, ragged, interleaved, read };
  };
  // Lanes of a broadcast tile read A a row each: four at once only along the inner dimension.
  const scalarA = tile.kind === 'broadcast' && a.contiguous === 'outer';
  const { row, batch, bias: biasBatch } = output.strides;
  const storesVec4 = !transposed && [problem.n, row, batch, biasBatch].every((stride) => stride % 4 === 0);
  return {
    name: problem.name,
    tile,
    members,
    a: operandText('a', a, m, scalarA ? 1 : 8),
    b: operandText('b', b, n, 8),
    image: image !== null,
    storeWidth: storesVec4 ? 4 : 1,
    storeDtype: storesVec4 && plan.splits === 1 ? output.dtype : 'f32',
    biasDtype: bias?.dtype ?? null,
    activation: problem.activation,
    addend: addend && { dtype: addend.tensor.dtype, shared: addend.rows > 1 },
    transposed,
  };
}

/** Which part of the inner dimension each workgroup takes, and the further products of the launch. */
interface Extent {
  readonly split: Split;
  readonly others: readonly JointOperands[];
}

function launch(
  problem: Gemm,
  plan: GemmPlan,
  text: GemmText,
  results: readonly Tensor[],
  { split, others }: Extent,
): void {
  const { tile, transposed } = plan;
  const { a, b, m, n } = sides(problem, transposed);
  const { output, batch, taps, depth, bias, addend, image } = problem;
  const rowTiles = Math.ceil(m / tile.rows);
  const columnTiles = Math.ceil(n / tile.columns);
  const products = results.length * numel(batch);
  const groups = rowTiles * columnTiles * split.taps * split.depths * products;
  const { strides } = output;
  const extras = [bias, ...others.map((other) => other.bias), addend?.tensor];
  const read = [a.tensor, b.tensor, ...others.map((other) => other.b)];
  run(gemmKernel(text), [...read, ...results, ...extras.filter((tensor) => tensor != null)], {
    params: {
      m,
      n,
      taps,
      depth,
      groups,
      rowTiles,
      columnTiles,
      depthSplits: split.depths,
      splits: split.taps * split.depths,
      tapSpan: split.tapSpan,
      depthSpan: split.depthSpan,
      rank: batch.length,
      batch,
      a_batch: a.batch,
      b_batch: b.batch,
      a_outer: a.strides.outer,
      a_tap: a.strides.tap,
      a_inner: a.strides.inner,
      b_outer: b.strides.outer,
      b_tap: b.strides.tap,
      b_inner: b.strides.inner,
      c_batch: strides.batch,
      c_row: transposed ? 1 : strides.row,
      c_column: transposed ? strides.row : 1,
      c_split: numel(output.shape),
      bias_batch: strides.bias,
      addend_rows: addend?.rows ?? 1,
      ...image,
    },
    workgroups: groups,
    flops: 2 * m * n * taps * depth * products,
  });
}
