import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import { run } from './run.ts';
import { defineKernel } from './wgsl.ts';
import { MULTIPLY_HIGH } from './wideInteger.ts';

const WORKGROUP = 64;

export type Distribution = 'uniform' | 'normal';

/**
 * Fills `out` (f32 or f16) with random numbers, then counts the draw in `state`: u32 [4], the key's and the counter's
 * low and high words. The four numbers from 4 i on are Philox4x32-10 of the counter (i, 0, counter low, counter high).
 */
export function drawInto(out: Tensor, state: Tensor, distribution: Distribution): void {
  const count = Math.ceil(out.size / 4);
  run(drawKernel({ distribution, dtype: out.dtype }), [state, out], {
    params: { count },
    workgroups: Math.ceil(count / WORKGROUP),
  });
  // In a launch of its own: the groups of the draw run in no order, and all of them read the counter.
  run(advanceKernel, [state], { workgroups: 1 });
}

/** Philox4x32-10 (Salmon et al., 2011); needs `multiply_high`. */
export const PHILOX = `
fn philox(start: vec4u, start_key: vec2u) -> vec4u {
  var c = start;
  var key = start_key;
  for (var round = 0u; round < 10u; round++) {
    let high0 = multiply_high(0xd2511f53u, c.x);
    let high1 = multiply_high(0xcd9e8d57u, c.z);
    c = vec4u(high1 ^ c.y ^ key.x, 0xcd9e8d57u * c.z, high0 ^ c.w ^ key.y, 0xd2511f53u * c.x);
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}`;

/** As many leading bits as the significand holds, so that no number rounds up to 1. */
function uniformSource(dtype: DType): string {
  const bits = dtype === 'f16' ? 11 : 24;
  return `fn numbers_of(bits: vec4u) -> vec4f {
  return vec4f(bits >> vec4u(${32 - bits}u)) * ${2 ** -bits};
}`;
}

/** Box and Muller's transform of two pairs; the first of each pair lies in (0, 1], so its logarithm is finite. */
const NORMAL = `fn numbers_of(bits: vec4u) -> vec4f {
  let u = vec2f(bits.xz) * ${2 ** -32} + ${2 ** -33};
  let radius = sqrt(max(-2.0 * log(u), vec2f(0.0)));
  let angle = vec2f(bits.yw) * ${2 ** -32 * 2 * Math.PI} - ${Math.PI};
  let x = radius * cos(angle);
  let y = radius * sin(angle);
  return vec4f(x.x, y.x, x.y, y.y);
}`;

interface DrawVariant {
  readonly distribution: Distribution;
  readonly dtype: DType;
}

const drawKernel = defineKernel(({ distribution, dtype }: DrawVariant) => ({
  name: distribution === 'uniform' ? 'rand' : 'randn',
  bindings: [
    { name: 'state', dtype: 'u32', width: 4, access: 'read' },
    { name: 'y', dtype, width: 4, access: 'write' },
  ],
  params: { count: 'u32' },
  workgroup: [WORKGROUP, 1, 1],
  declarations: `${MULTIPLY_HIGH}
${PHILOX}
${distribution === 'uniform' ? uniformSource(dtype) : NORMAL}`,
  main: `
  let i = group_index * ${WORKGROUP}u + lane;
  if (i >= params.count) { return; }
  let state_now = load_state(0u);
  store_y(i, numbers_of(philox(vec4u(i, 0u, state_now.zw), state_now.xy)));`,
}));

const advanceKernel = defineKernel({
  name: 'advanceRandom',
  bindings: [{ name: 'state', dtype: 'u32', width: 4, access: 'update' }],
  params: {},
  workgroup: [1, 1, 1],
  main: `
  var next = load_state(0u);
  next.z += 1u;
  next.w += select(0u, 1u, next.z == 0u);
  store_state(0u, next);`,
});
