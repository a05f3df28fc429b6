import type { DType } from '../dtype.ts';
import { extentOf, stridesOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { entry, forEachCoordinate } from './coordinates.ts';
import { run } from './run.ts';
import { type CopyAxis, mergeAxes, stridedCopy } from './stridedCopy.ts';
import { defineKernel } from './wgsl.ts';

const WORKGROUP = 64;

/**
 * `x` with its axes in another order, each axis of the result given by its extent and its stride in `x`. Where the
 * extents allow, a thread transposes a block of 4 x 4 in registers, so that loads and stores are both vec4s.
 */
export function transposedCopy(x: Tensor, axes: readonly CopyAxis[], name: string): Tensor {
  const merged = mergeAxes(name, axes);
  const inner = merged.at(-1);
  const contiguous = merged.find((axis) => axis.stride === 1);
  const aligned = merged.every((axis) => axis === contiguous || axis.stride % 4 === 0);
  if (!inner || !contiguous || inner === contiguous || !aligned) return stridedCopy(x, axes, { name });
  if (inner.extent % 4 !== 0 || contiguous.extent % 4 !== 0) return stridedCopy(x, axes, { name });
  return copyBlocks(x, axes, merged, inner, contiguous, name);
}

function copyBlocks(
  x: Tensor,
  axes: readonly CopyAxis[],
  merged: readonly Required<CopyAxis>[],
  inner: Required<CopyAxis>,
  contiguous: Required<CopyAxis>,
  name: string,
): Tensor {
  const out = Tensor.empty(
    x.device,
    axes.map((axis) => axis.extent),
    x.dtype,
    name,
  );
  const strides = stridesOf(merged.map((axis) => axis.extent));
  const inBlock = (axis: CopyAxis | undefined) => (axis === inner || axis === contiguous ? 4 : 1);
  const count = out.size / 16;
  run(blockKernel({ name, dtype: x.dtype, rank: merged.length }), [x, out], {
    params: {
      count,
      blocks: merged.map((axis) => axis.extent / inBlock(axis)),
      source_strides: merged.map((axis) => axis.stride * inBlock(axis)),
      target_strides: strides.map((stride, i) => stride * inBlock(merged[i])),
      source_row: inner.stride,
      target_row: extentOf(strides, merged.indexOf(contiguous)),
    },
    workgroups: Math.ceil(count / WORKGROUP),
  });
  return out;
}

interface BlockVariant {
  readonly name: string;
  readonly dtype: DType;
  readonly rank: number;
}

const blockKernel = defineKernel(({ name, dtype, rank }: BlockVariant) => {
  const rows = [0, 1, 2, 3];
  const load = (row: number) => `let r${row} = load_x((source + ${row}u * params.source_row) / 4u);`;
  const store = (row: number) =>
    `store_y((target_offset + ${row}u * params.target_row) / 4u, vec4(${rows.map((r) => `r${r}[${row}]`).join(', ')}));`;
  const walk = forEachCoordinate(
    rank,
    'blocks',
    (axis, coordinate) => `source += ${coordinate} * ${entry('source_strides', axis)};
  target_offset += ${coordinate} * ${entry('target_strides', axis)};`,
  );
  return {
    name,
    bindings: [
      { name: 'x', dtype, width: 4, access: 'read' },
      { name: 'y', dtype, width: 4, access: 'write' },
    ],
    params: {
      blocks: 'dims',
      source_strides: 'dims',
      target_strides: 'dims',
      count: 'u32',
      source_row: 'u32',
      target_row: 'u32',
    },
    workgroup: [WORKGROUP, 1, 1],
    main: `
  let block = group_index * ${WORKGROUP}u + lane;
  if (block >= params.count) { return; }
  var rest = block;
  var source = 0u;
  var target_offset = 0u;
  ${walk}
  ${rows.map(load).join('\n  ')}
  ${rows.map(store).join('\n  ')}`,
  };
});
