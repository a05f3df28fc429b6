import { createHash } from 'node:crypto';

const DIGEST = 32;

/** What a file of one embedding holds: its numbers as f32, then the SHA-256 of its key and its numbers. */
export function encodeEmbedding(key: string, embedding: Float32Array): Uint8Array {
  const numbers = new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength);
  return Buffer.concat([numbers, digestOf(key, numbers)]);
}

/** The embedding in a file, or null if the file is not what {@link encodeEmbedding} made for this key. */
export function decodeEmbedding(key: string, bytes: Uint8Array): Float32Array | null {
  if (bytes.length <= DIGEST) return null;
  const numbers = Uint8Array.from(bytes.subarray(0, -DIGEST));
  if (!digestOf(key, numbers).equals(bytes.subarray(-DIGEST))) return null;
  return new Float32Array(numbers.buffer);
}

function digestOf(key: string, numbers: Uint8Array): Buffer {
  return createHash('sha256').update(`${key}\n`).update(numbers).digest();
}
