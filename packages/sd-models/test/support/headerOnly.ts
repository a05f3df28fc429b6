import { open } from 'node:fs/promises';
import { type PipelineKeys, stateDictKeys } from '@lusd/testing-models/stateDictKeys';

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Writes a safetensors file of f16 tensors whose bytes are a hole: any size takes no room on the disk. */
export async function writeHeaderOnly(
  path: string,
  shapes: Shapes,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  let begin = 0;
  const header: Record<string, object> = metadata ? { __metadata__: metadata } : {};
  for (const [name, shape] of Object.entries(shapes)) {
    const end = begin + shape.reduce((product, extent) => product * extent, 2);
    header[name] = { dtype: 'F16', shape, data_offsets: [begin, end] };
    begin = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  await using file = await open(path, 'w');
  await file.write(head);
  await file.truncate(head.length + begin);
}

/** The tensors of a published single file, Stable Diffusion 1.5 or 2, or of the specification's small one. */
export function singleFileShapes(version: 'sd15' | 'sd2' | 'tiny'): Shapes {
  const { unet, vae, text }: PipelineKeys = stateDictKeys()[version];
  return { ...unet.stored, ...vae.stored, ...text.stored };
}
