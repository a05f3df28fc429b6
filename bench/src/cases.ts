/**
 * Operations at the shapes of Stable Diffusion 1.5 at 512 x 512. Weights follow ours: [in, out] and [kH, kW, in, out].
 */
export type Operation =
  | { readonly op: 'matmul'; readonly m: number; readonly k: number; readonly n: number }
  | { readonly op: 'linear'; readonly rows: number; readonly inputs: number; readonly outputs: number }
  | Convolution
  | Attention
  | {
      readonly op: 'groupNormSilu';
      readonly size: number;
      readonly channels: number;
      readonly groups: number;
    }
  | { readonly op: 'layerNorm'; readonly rows: number; readonly width: number }
  | { readonly op: 'softmax'; readonly rows: number; readonly width: number }
  | { readonly op: 'smallOps'; readonly count: number; readonly mode: 'eager' | 'replay' }
  | { readonly op: 'edit'; readonly numSteps: number };

/** Square picture of `size` pixels a side, stride 1, padding that keeps the size. */
interface Convolution {
  readonly op: 'conv2d';
  readonly size: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
}

interface Attention {
  readonly op: 'attention';
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly headSize: number;
}

export interface Case {
  readonly name: string;
  readonly operation: Operation;
  /** Floating-point operations of one run, or null where only the time says something. */
  readonly flops: number | null;
}

/** Nominal cost an element: sum, sum of squares, subtract, scale, affine (2), and silu counted as 2. */
const GROUP_NORM_SILU_FLOPS = 9;

const matmul = (m: number, k: number, n: number): Case => ({
  name: `matmul ${m} x ${k} x ${n}`,
  operation: { op: 'matmul', m, k, n },
  flops: 2 * m * k * n,
});

const linear = (rows: number, inputs: number, outputs: number): Case => ({
  name: `linear ${rows} x ${inputs} -> ${outputs}`,
  operation: { op: 'linear', rows, inputs, outputs },
  flops: 2 * rows * inputs * outputs,
});

const conv2d = (size: number, inputs: number, outputs: number, kernel = 3): Case => ({
  name: `conv2d ${kernel}x${kernel} ${inputs} -> ${outputs} at ${size}`,
  operation: { op: 'conv2d', size, inputs, outputs, kernel },
  flops: 2 * kernel ** 2 * inputs * outputs * size ** 2,
});

const attention = (queries: number, keys: number, heads: number, headSize: number): Case => ({
  name: `attention ${queries} x ${keys}, ${heads} heads of ${headSize}`,
  operation: { op: 'attention', queries, keys, heads, headSize },
  flops: 4 * queries * keys * heads * headSize,
});

const groupNormSilu = (size: number, channels: number): Case => ({
  name: `groupNorm + silu ${channels} at ${size}`,
  operation: { op: 'groupNormSilu', size, channels, groups: 32 },
  flops: GROUP_NORM_SILU_FLOPS * size ** 2 * channels,
});

const layerNorm = (rows: number, width: number): Case => ({
  name: `layerNorm ${rows} x ${width}`,
  operation: { op: 'layerNorm', rows, width },
  flops: null,
});

const softmax = (rows: number, width: number): Case => ({
  name: `softmax ${rows} x ${width}`,
  operation: { op: 'softmax', rows, width },
  flops: null,
});

/** Why peers leave out `smallOps` and `edit`. */
export const OURS_ONLY = 'ours only: what this library adds to the operations that all have';

const smallOps = (mode: 'eager' | 'replay'): Case => ({
  name: `200 small operations, ${mode}`,
  operation: { op: 'smallOps', count: 200, mode },
  flops: null,
});

/** LUSD on the shapes model, from the picture to the picture; every draw is accepted. */
const edit = (numSteps: number): Case => ({
  name: `edit of a drawn picture, ${numSteps} iterations`,
  operation: { op: 'edit', numSteps },
  flops: null,
});

export const EAGER = smallOps('eager');
export const REPLAY = smallOps('replay');

export const CASES: readonly Case[] = [
  matmul(512, 512, 512),
  matmul(4096, 320, 320),
  matmul(1024, 640, 2560),
  linear(4096, 320, 320),
  linear(1024, 640, 5120),
  linear(256, 5120, 1280),
  linear(77, 768, 320),
  conv2d(64, 320, 320),
  conv2d(32, 640, 640),
  conv2d(16, 1280, 1280),
  conv2d(64, 4, 320),
  conv2d(64, 320, 320, 1),
  conv2d(512, 128, 128),
  attention(1024, 1024, 8, 80),
  attention(1024, 77, 8, 80),
  attention(256, 256, 8, 160),
  attention(4096, 4096, 8, 40),
  groupNormSilu(64, 320),
  groupNormSilu(16, 1280),
  layerNorm(4096, 320),
  softmax(8192, 1024),
  EAGER,
  REPLAY,
  edit(10),
];
