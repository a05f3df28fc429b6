import type { DType } from '../dtype.ts';
import type { Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { run } from './run.ts';
import { defineKernel, type ParamType, valueType, type Width } from './wgsl.ts';

const WORKGROUP = 64;
const PER_THREAD = 4;
const NAMES = ['a', 'b', 'c', 'd'] as const;

/** Operands that one launch of `joinRows` takes. */
export const MAX_PARTS = NAMES.length;

/**
 * One to four `parts` side by side: row r of the result is row r of each part in turn, `widths[i]` elements (none
 * of them 0) from part i. Each thread gathers four elements, so rows of any width can be f16.
 */
export function joinRows(
  name: string,
  parts: readonly Tensor[],
  widths: readonly number[],
  shape: Shape,
): Tensor {
  const first = parts[0]!;
  const out = Tensor.empty(first.device, shape, first.dtype, name);
  const width: Width = widths.every((w) => w % 4 === 0) ? 4 : 1;
  const count = Math.ceil(out.size / 4);
  const params: Record<string, number> = { count };
  let end = 0;
  for (const [i, w] of widths.entries()) {
    end += w / width;
    params[`end_${NAMES[i]}`] = end;
  }
  run(joinKernel({ name, dtype: first.dtype, parts: parts.length, width }), [...parts, out], {
    params,
    workgroups: Math.ceil(count / (WORKGROUP * PER_THREAD)),
  });
  return out;
}

interface JoinVariant {
  readonly name: string;
  readonly dtype: DType;
  readonly parts: number;
  readonly width: Width;
}

const joinKernel = defineKernel(({ name, dtype, parts, width }: JoinVariant) => {
  const names = NAMES.slice(0, parts);
  const last = names.at(-1)!;
  const params: Record<string, ParamType> = { count: 'u32' };
  for (const part of names) params[`end_${part}`] = 'u32';
  const branches = names.map((part, i) => {
    const begin = i === 0 ? '0u' : `params.end_${names[i - 1]}`;
    return `if (column < params.end_${part}) {
    return load_${part}(row * (params.end_${part} - ${begin}) + column - ${begin});
  }`;
  });
  const lanes = [0, 1, 2, 3].map((lane) => `element(4u * i + ${lane}u)`).join(', ');
  return {
    name,
    bindings: [
      ...names.map((part) => ({ name: part, dtype, width, access: 'read' as const })),
      { name: 'y', dtype, width: 4, access: 'write' },
    ],
    params,
    workgroup: [WORKGROUP, 1, 1],
    declarations: `fn element(index: u32) -> ${valueType(dtype, width)} {
  let row = index / params.end_${last};
  let column = index % params.end_${last};
  ${branches.join(' else ')}
  return ${valueType(dtype, width)}();
}`,
    main: `
  for (var k = 0u; k < ${PER_THREAD}u; k++) {
    let i = (group_index * ${PER_THREAD}u + k) * ${WORKGROUP}u + lane;
    if (i >= params.count) { return; }
    store_y(i, ${width === 4 ? 'element(i)' : `${valueType(dtype, 4)}(${lanes})`});
  }`,
  };
});
