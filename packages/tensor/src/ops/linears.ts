import { isFloat, promote } from '../dtype.ts';
import { needsGrad } from '../graph.ts';
import { asMatrix, matrixProducts } from '../kernels/matrixProduct.ts';
import { extentOf, sameShape } from '../shape.ts';
import { reshaped, type Tensor } from '../tensor.ts';
import { linear } from './linear.ts';

/** The weight [in, out] of a linear layer, and its bias [out]. */
export interface LinearOperands {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

/**
 * `linear(x, weight, bias)` for every one of `layers`: in one launch on GPUs where they are alike in shape and dtype, as
 * the projections of an attention are, and no gradient is wanted.
 * @throws ShapeError, DTypeError as `linear`
 */
export function linears(x: Tensor, layers: readonly LinearOperands[]): Tensor[] {
  const most = mostAtOnce(x, layers);
  if (most < 2 || !layers.every((layer) => isJoinable(x, layer, layers[0]!)))
    return layers.map(({ weight, bias }) => linear(x, weight, bias));
  const groups = Math.ceil(layers.length / most);
  const size = Math.ceil(layers.length / groups);
  return Array.from({ length: groups }, (_, i) => joint(x, layers.slice(i * size, (i + 1) * size))).flat();
}

/** How many layers one kernel can bind, with their results. */
function mostAtOnce({ device }: Tensor, [first]: readonly LinearOperands[]): number {
  const each = first?.bias ? 3 : 2;
  return Math.floor((device.limits.maxStorageBuffersPerShaderStage - 1) / each);
}

function isJoinable(x: Tensor, layer: LinearOperands, first: LinearOperands): boolean {
  const { weight, bias } = layer;
  return (
    !needsGrad(x, weight, bias) &&
    x.shape.at(-1) === weight.shape[0] &&
    weight.rank === 2 &&
    sameShape(weight.shape, first.weight.shape) &&
    [x, weight, ...(bias ? [bias] : [])].every(({ dtype }) => isFloat(dtype)) &&
    weight.dtype === first.weight.dtype &&
    bias?.dtype === first.bias?.dtype &&
    (!bias || sameShape(bias.shape, [extentOf(weight.shape, 1)]))
  );
}

function joint(x: Tensor, layers: readonly LinearOperands[]): Tensor[] {
  const operands = layers.map(({ weight, bias }) => ({ b: weight, bias }));
  const [first, ...others] = operands;
  if (!first) return [];
  const rows = asMatrix(x);
  const { weight } = layers[0]!;
  const products = matrixProducts('linear', rows, [first, ...others], promote(x.dtype, weight.dtype));
  rows.dispose();
  const shape = [...x.shape.slice(0, -1), extentOf(weight.shape, 1)];
  return products.map((product) => reshaped(product, shape));
}
