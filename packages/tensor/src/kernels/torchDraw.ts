import type { TorchDraw } from '../random/torchCudaGenerator.ts';
import type { Tensor } from '../tensor.ts';
import { PHILOX } from './philox.ts';
import { run } from './run.ts';
import { TORCH_NORMAL } from './torchNormal.ts';
import { defineKernel } from './wgsl.ts';

const WORKGROUP = 64;

/** Fills `out`, f32, with what torch's CUDA generator draws for as many normals. */
export function torchNormalsInto(out: Tensor, { key, offset, threads, rounds }: TorchDraw): void {
  const [keyLow, keyHigh] = key;
  const count = threads * rounds;
  run(torchNormalKernel, [out], {
    params: {
      elements: out.size,
      count,
      threads,
      keyLow,
      keyHigh,
      offsetLow: offset % 2 ** 32,
      offsetHigh: Math.floor(offset / 2 ** 32),
    },
    workgroups: Math.ceil(count / WORKGROUP),
  });
}

/** A thread of torch's in one of its rounds: ATen's `distribution_elementwise_grid_stride_kernel`. */
const torchNormalKernel = defineKernel({
  name: 'torchRandn',
  bindings: [{ name: 'y', dtype: 'f32', width: 1, access: 'write' }],
  params: {
    elements: 'u32',
    count: 'u32',
    threads: 'u32',
    keyLow: 'u32',
    keyHigh: 'u32',
    offsetLow: 'u32',
    offsetHigh: 'u32',
  },
  workgroup: [WORKGROUP, 1, 1],
  declarations: `${TORCH_NORMAL}\n${PHILOX}`,
  main: `
  let i = group_index * ${WORKGROUP}u + lane;
  if (i >= params.count) { return; }
  let thread = i % params.threads;
  let round = i / params.threads;
  let low = params.offsetLow + round;
  let high = params.offsetHigh + u32(low < round);
  let words = philox(vec4u(low, high, thread, 0u), vec2u(params.keyLow, params.keyHigh));
  for (var word = 0u; word < 4u; word++) {
    let element = (round * 4u + word) * params.threads + thread;
    if (element >= params.elements) { return; }
    let pair = select(words.xy, words.zw, word >= 2u);
    store_y(element, bitcast<f32>(torch_normal(pair.x, pair.y, word % 2u == 1u)));
  }`,
});
