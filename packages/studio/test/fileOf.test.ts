import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { fileOf } from '../src/page/state/fileOf.ts';

test('a file has the bytes that it is made of, however many', async () => {
  for (const length of [0, 1, 8_000_000, 20_000_001]) {
    const bytes = new Uint8Array(randomBytes(length));
    const file = new Uint8Array(await (await fileOf(bytes)).arrayBuffer());
    expect(Buffer.compare(file, bytes)).toBe(0);
  }
});
