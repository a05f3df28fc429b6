import { openSafetensors, type Shape, type Tensor, tensor, toFloat32 } from '@lusd/tensor';

export interface GoldenTensor {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
}

/** One case of a golden file: what `metadata.cases` says of it, and its tensors by their names within the case. */
export interface GoldenCase<R> {
  readonly name: string;
  readonly record: R;
  readonly tensors: ReadonlyMap<string, GoldenTensor>;
}

/** The cases of `test/golden/<family>.safetensors`, written by a script of `reference/`. */
export async function readGolden<R>(family: string): Promise<GoldenCase<R>[]> {
  await using file = await openSafetensors(new URL(`../golden/${family}.safetensors`, import.meta.url));
  const records: Record<string, R> = JSON.parse(file.metadata.get('cases')!);
  const cases = new Map(Object.keys(records).map((name) => [name, new Map<string, GoldenTensor>()]));
  for (const [key, { shape, dtype }] of file.tensors) {
    const [name, ...rest] = key.split('/');
    cases.get(name!)!.set(rest.join('/'), { shape, data: toFloat32(await file.read(key), dtype) });
  }
  return [...cases].map(([name, tensors]) => ({ name, record: records[name]!, tensors }));
}

/** The tensors below `prefix`, by their names without it. */
export function under(tensors: ReadonlyMap<string, GoldenTensor>, prefix: string): Map<string, GoldenTensor> {
  return new Map(
    [...tensors].flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

/** A picture's NCHW elements as an NHWC tensor. */
export function pictureTensor(nchw: Float32Array, shape: Shape): Tensor {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const plane = height * width;
  const nhwc = new Float32Array(nchw.length);
  for (let i = 0; i < nchw.length; i++) {
    const [item, rest] = [Math.floor(i / (channels * plane)), i % (channels * plane)];
    const [channel, pixel] = [Math.floor(rest / plane), rest % plane];
    nhwc[(item * plane + pixel) * channels + channel] = nchw[i]!;
  }
  return tensor(nhwc, { shape: [batch, height, width, channels] });
}
