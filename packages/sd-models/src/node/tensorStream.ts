import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { reason } from './writeFile.ts';

/** A tensor whose bytes are made only when it is its turn to be written. */
export interface StreamedTensor {
  readonly name: string;
  readonly dtype: 'F32' | 'F16';
  readonly shape: readonly number[];
  /** The elements, row-major and little-endian. */
  readonly read: () => Promise<Uint8Array>;
}

const BYTES = { F32: 4, F16: 2 } as const;
const ALIGNMENT = 8;

/**
 * Writes a safetensors file tensor by tensor, so that the host holds one at a time; the file appears under its name
 * only when it is whole. Tensors are laid out by name.
 * @throws Error naming the file if it cannot be written
 */
export async function writeTensorStream(
  path: string,
  tensors: readonly StreamedTensor[],
  onTensor: () => void,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const ordered = tensors.toSorted((a, b) => BYTES[b.dtype] - BYTES[a.dtype] || (a.name < b.name ? -1 : 1));
  try {
    await using file = await open(temporary, 'wx');
    await writeFully(path, file, encodeHead(ordered));
    for (const tensor of ordered) {
      const bytes = await tensor.read();
      if (bytes.length !== bytesOf(tensor))
        throw new TypeError(`${tensor.name} has ${bytes.length} bytes, not ${bytesOf(tensor)}`);
      await writeFully(path, file, bytes);
      onTensor();
    }
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function encodeHead(tensors: readonly StreamedTensor[]): Uint8Array {
  const header: Record<string, object> = { __metadata__: { format: 'pt' } };
  let begin = 0;
  for (const tensor of tensors) {
    const end = begin + bytesOf(tensor);
    header[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] };
    begin = end;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const head = Buffer.alloc(ALIGNMENT + length, ' ');
  head.writeBigUInt64LE(BigInt(length));
  text.copy(head, ALIGNMENT);
  return head;
}

function bytesOf({ dtype, shape }: StreamedTensor): number {
  return shape.reduce((size, extent) => size * extent, BYTES[dtype]);
}

async function writeFully(path: string, file: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
      done += bytesWritten;
    }
  } catch (cause) {
    throw new Error(`${path} cannot be written: ${reason(cause)}`, { cause });
  }
}
