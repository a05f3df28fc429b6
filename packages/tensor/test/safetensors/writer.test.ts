import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  encodeSafetensors,
  isSafetensorsDType,
  openSafetensors,
  SafetensorsError,
  type TensorData,
  writeSafetensors,
} from '../../src/safetensors/index.ts';
import { fromBase64, readJson } from './files.ts';

interface Written {
  readonly name: string;
  readonly tensors: readonly { name: string; dtype: string; shape: number[]; data: string }[];
  readonly metadata: Record<string, string> | null;
  readonly file: string;
}

const cases = readJson<Written[]>('safetensors_written.json');

function tensorsOf({ tensors }: Written): Map<string, TensorData> {
  return new Map(
    tensors.map(({ name, dtype, shape, data }) => {
      if (!isSafetensorsDType(dtype)) throw new Error(`the golden file has a dtype ${dtype}`);
      return [name, { dtype, shape, data: fromBase64(data) }];
    }),
  );
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(cases)('writes the bytes of save_file: $name', async (written) => {
  const metadata = written.metadata === null ? undefined : new Map(Object.entries(written.metadata));
  const expected = fromBase64(written.file);
  expect(encodeSafetensors(tensorsOf(written), metadata)).toEqual(expected);
  const path = join(folder, 'written.safetensors');
  await writeSafetensors(path, tensorsOf(written), metadata);
  expect(new Uint8Array(await readFile(path))).toEqual(expected);
});

test.each(cases)('reads back what save_file wrote: $name', async (written) => {
  const opened = await openSafetensors(fromBase64(written.file));
  expect(opened.tensors.size).toBe(written.tensors.length);
  for (const { name, dtype, shape, data } of written.tensors) {
    expect(opened.tensors.get(name)).toMatchObject({ dtype, shape });
    expect(await opened.read(name)).toEqual(fromBase64(data));
  }
  expect(Object.fromEntries(opened.metadata)).toEqual(written.metadata ?? {});
});

const scalar: TensorData = { dtype: 'F32', shape: [], data: Float32Array.of(1.5) };

test('metadata survives with its order, and so does a view into a larger buffer', async () => {
  const metadata = new Map([
    ['z', '1'],
    ['a', ''],
    ['__proto__', '{"json": true}'],
  ]);
  const view = Int16Array.of(9, 8, 7, 6).subarray(1, 3);
  const file = encodeSafetensors(new Map([['v', { dtype: 'I16', shape: [2], data: view }]]), metadata);
  const opened = await openSafetensors(file);
  expect([...opened.metadata]).toEqual([...metadata]);
  expect([...new Int16Array((await opened.read('v')).buffer)]).toEqual([8, 7]);
});

test.each([
  ['too little data', 'a', { dtype: 'F32', shape: [2], data: new Uint8Array(7) }],
  ['a fraction in the shape', 'a', { dtype: 'F32', shape: [1.5], data: new Uint8Array(6) }],
  ['a negative extent', 'a', { dtype: 'F32', shape: [-1, -1], data: new Uint8Array(4) }],
  ['a tensor that ends inside a byte', 'a', { dtype: 'F4', shape: [1], data: new Uint8Array(1) }],
  ['an overflowing shape', 'a', { dtype: 'F32', shape: [2 ** 52, 2 ** 52], data: new Uint8Array(0) }],
  ['a lone surrogate in a name', '\ud800', scalar],
  ['the name of the metadata', '__metadata__', scalar],
] as const)('refuses %s', (_, name, tensor) => {
  expect(() => encodeSafetensors(new Map([[name, tensor]]))).toThrow(SafetensorsError);
});

test('refuses a lone surrogate in metadata', () => {
  expect(() => encodeSafetensors(new Map(), new Map([['k', 'a\udc00']]))).toThrow('lone surrogate');
});

test('a failed write leaves the old file and nothing else', async () => {
  const inner = await mkdtemp(join(folder, 'failed-'));
  const path = join(inner, 'kept.safetensors');
  await writeFile(path, 'old');
  const bad = new Map([['a', { ...scalar, shape: [2] }]]);
  await expect(writeSafetensors(path, bad)).rejects.toThrow(SafetensorsError);
  await expect(writeSafetensors(join(inner, 'no', 'folder'), new Map())).rejects.toThrow(SafetensorsError);
  const occupied = join(inner, 'occupied');
  await writeSafetensors(join(inner, 'x'), new Map([['a', scalar]]));
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(occupied, 'full'), { recursive: true });
  await expect(writeSafetensors(occupied, new Map([['a', scalar]]))).rejects.toThrow(SafetensorsError);
  expect(await readFile(path, 'utf8')).toBe('old');
  expect((await readdir(inner)).sort()).toEqual(['kept.safetensors', 'occupied', 'x']);
});
