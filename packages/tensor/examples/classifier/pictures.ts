import type { TorchCpuGenerator } from '../../src/index.ts';

export const SIZE = 16;

export interface Batch {
  /** [count, SIZE, SIZE, 1], row-major. */
  readonly pixels: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
}

/** Whether a point lies in a shape; by class: horizontal bar, vertical bar, cross, disc. */
const INSIDE: readonly ((dy: number, dx: number, radius: number) => boolean)[] = [
  (dy, dx, radius) => Math.abs(dy) <= 1 && Math.abs(dx) <= radius,
  (dy, dx, radius) => Math.abs(dx) <= 1 && Math.abs(dy) <= radius,
  (dy, dx, radius) => (dy === 0 && Math.abs(dx) <= radius) || (dx === 0 && Math.abs(dy) <= radius),
  (dy, dx, radius) => dy * dy + dx * dx <= radius * radius,
];

/** Noisy pictures of four shapes; the recipe of reference/tensor/classifier.py, number for number. */
export function drawBatch(generator: TorchCpuGenerator, count: number): Batch {
  const pixels = new Float32Array(count * SIZE * SIZE);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = drawPicture(generator, pixels.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE));
  }
  return { pixels, labels };
}

function drawPicture(generator: TorchCpuGenerator, into: Float32Array): number {
  const [shape, y, x, size, light] = Array.from(generator.rand(5));
  const label = Math.floor(4 * shape!);
  const row = 4 + Math.floor(8 * y!);
  const column = 4 + Math.floor(8 * x!);
  const radius = 2 + Math.floor(3 * size!);
  const bright = 0.5 + 0.5 * light!;
  const noise = generator.rand(SIZE * SIZE);
  for (let i = 0; i < into.length; i++) {
    const inside = INSIDE[label]!(Math.floor(i / SIZE) - row, (i % SIZE) - column, radius);
    into[i] = (inside ? bright : 0) + 0.5 * (noise[i]! - 0.5);
  }
  return label;
}
