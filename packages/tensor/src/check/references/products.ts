import { type HostTensor, hostTensor } from '../host.ts';

/** x [.., in] weight [in, out] + bias [out]. */
export function linearOf(x: HostTensor, weight: HostTensor, bias: HostTensor): HostTensor {
  const [inner, outer] = weight.shape as [number, number];
  return hostTensor([...x.shape.slice(0, -1), outer], (i) => {
    const [row, column] = [Math.floor(i / outer), i % outer];
    let sum = bias.values[column]!;
    for (let k = 0; k < inner; k++) sum += x.values[row * inner + k]! * weight.values[k * outer + column]!;
    return sum;
  });
}

/** a [.., m, k] times the transpose of b [.., n, k]. */
export function matmulTransposedOf(a: HostTensor, b: HostTensor): HostTensor {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-2)!;
  return hostTensor([...a.shape.slice(0, -1), n], (i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    const batch = Math.floor(row / m);
    let sum = 0;
    for (let j = 0; j < k; j++) sum += a.values[row * k + j]! * b.values[(batch * n + column) * k + j]!;
    return sum;
  });
}

/** x [N, H, W, Cin], weight [kH, kW, Cin, Cout], bias [Cout], with `padding` zeros on every side. */
export function convOf(
  x: HostTensor,
  weight: HostTensor,
  bias: HostTensor,
  { stride, padding }: { readonly stride: number; readonly padding: number },
): HostTensor {
  const [images, height, width, inner] = x.shape as [number, number, number, number];
  const [tall, wide, , outer] = weight.shape as [number, number, number, number];
  const rows = Math.floor((height + 2 * padding - tall) / stride) + 1;
  const columns = Math.floor((width + 2 * padding - wide) / stride) + 1;
  const result = hostTensor([images, rows, columns, outer], (i) => bias.values[i % outer]!);
  for (let pixel = 0; pixel < images * rows * columns; pixel++) {
    const column = pixel % columns;
    const row = Math.floor(pixel / columns) % rows;
    const image = Math.floor(pixel / columns / rows);
    for (let tap = 0; tap < tall * wide; tap++) {
      const down = row * stride + Math.floor(tap / wide) - padding;
      const right = column * stride + (tap % wide) - padding;
      if (down < 0 || down >= height || right < 0 || right >= width) continue;
      const from = ((image * height + down) * width + right) * inner;
      for (let c = 0; c < inner; c++) {
        const value = x.values[from + c]!;
        const weights = (tap * inner + c) * outer;
        for (let o = 0; o < outer; o++)
          result.values[pixel * outer + o]! += value * weight.values[weights + o]!;
      }
    }
  }
  return result;
}
