import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256 } from '../src/worker/opfs/sha256.ts';

/** Bytes with no pattern that a hash could hide a fault in. */
function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * i * 31 + i * 7) >>> 3);
}

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003])(
  'the hash of %i bytes, in pieces of any size, is that of OpenSSL',
  (length) => {
    const bytes = bytesOf(length);
    const expected = createHash('sha256').update(bytes).digest('hex');
    for (const piece of [1 + length, 64, 61, 7]) {
      const hash = new Sha256();
      for (let at = 0; at < length; at += piece) hash.update(bytes.subarray(at, at + piece));
      expect(hash.hex()).toBe(expected);
    }
  },
);
