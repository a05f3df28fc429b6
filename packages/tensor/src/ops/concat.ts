import { promote } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { joinRows, MAX_PARTS } from '../kernels/joinRows.ts';
import { sliceCopy } from '../kernels/window.ts';
import { scope } from '../scope.ts';
import { formatShape, normalizeDim, normalizeOwnDim, numel, type Shape, sameShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { reshape, unsqueeze } from './reshape.ts';

/**
 * `tensors` one after the other along `dim`, in the dtype they promote to. Empty vectors [0] are allowed with any shape
 * and ignored, as in torch. Reference: torch.cat.
 * @throws ShapeError when there are none, their shapes differ in another dimension, or they are scalars
 */
export function concat(tensors: readonly Tensor[], dim = 0): Tensor {
  const first = tensors.find((x) => !isEmptyVector(x)) ?? tensors[0];
  if (!first) throw new ShapeError('concat: needs at least one tensor');
  const along = normalizeOwnDim('concat', dim, first.rank);
  const nothing = first.shape.with(along, 0);
  for (const x of tensors) if (!isEmptyVector(x)) requireSameBut(along, first.shape, x.shape);
  const dtype = tensors.map((x) => x.dtype).reduce(promote);
  return scope(() => {
    const parts = tensors.map((x) => cast(isEmptyVector(x) ? reshape(x, nothing) : x, dtype));
    return record(join(parts, along), () => ({
      name: 'concat',
      inputs: parts,
      saved: [],
      backward: (gradient, _, needs) => partsOf(gradient, parts, along, needs),
    }));
  });
}

/**
 * `tensors` of one shape along a new dimension at `dim`. Reference: torch.stack.
 * @throws ShapeError when there are none, or their shapes differ
 */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const first = tensors[0];
  if (!first) throw new ShapeError('stack: needs at least one tensor');
  const other = tensors.find((x) => !sameShape(x.shape, first.shape));
  if (other)
    throw new ShapeError(`stack: shapes ${formatShape(first.shape)} and ${formatShape(other.shape)} differ`);
  const along = normalizeDim('stack', dim, first.rank + 1);
  return scope(() =>
    concat(
      tensors.map((x) => unsqueeze(x, along)),
      along,
    ),
  );
}

function requireSameBut(dim: number, expected: Shape, actual: Shape): void {
  const same = actual.length === expected.length;
  if (same && actual.every((extent, i) => i === dim || extent === expected[i])) return;
  throw new ShapeError(
    `concat: shapes ${formatShape(expected)} and ${formatShape(actual)} differ in another dimension than ${dim}`,
  );
}

function isEmptyVector({ shape }: Tensor): boolean {
  return shape.length === 1 && shape[0] === 0;
}

/** Joins up to MAX_PARTS in one launch, and more in rounds. */
function join(tensors: readonly Tensor[], dim: number): Tensor {
  const first = tensors[0]!;
  const parts = tensors.filter((x) => x.size > 0);
  if (parts.length === 0) return Tensor.empty(first.device, joinedShape(tensors, dim), first.dtype, 'concat');
  if (parts.length <= MAX_PARTS) return joinOnce(parts, dim);
  const groups: Tensor[] = [];
  for (let i = 0; i < parts.length; i += MAX_PARTS) groups.push(joinOnce(parts.slice(i, i + MAX_PARTS), dim));
  const joined = join(groups, dim);
  for (const group of groups) group.dispose();
  return joined;
}

function joinOnce(parts: readonly Tensor[], dim: number): Tensor {
  const widths = parts.map((x) => numel(x.shape.slice(dim)));
  return joinRows('concat', parts, widths, joinedShape(parts, dim));
}

function joinedShape(parts: readonly Tensor[], dim: number): Shape {
  const extent = parts.reduce((sum, x) => sum + x.shape[dim]!, 0);
  return parts[0]!.shape.with(dim, extent);
}

function partsOf(
  gradient: Tensor,
  parts: readonly Tensor[],
  dim: number,
  needs: readonly boolean[],
): (Tensor | null)[] {
  const first = gradient.shape.map(() => 0);
  let begin = 0;
  return parts.map(({ shape }, i) => {
    first[dim] = begin;
    begin += shape[dim]!;
    return needs[i] ? sliceCopy('concatBackward', gradient, first, shape) : null;
  });
}
