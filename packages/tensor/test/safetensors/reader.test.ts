import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ByteSource, openSafetensors, SafetensorsError } from '../../src/safetensors/index.ts';
import { fileOf } from './files.ts';

const HEADER =
  '{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]},' +
  '"a":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1]},"none":{"dtype":"I64","shape":[0,4],"data_offsets":[9,9]}}';
const file = fileOf(HEADER, 9);
const dataStart = file.length - 9;
file[dataStart] = 7;
new DataView(file.buffer).setFloat32(dataStart + 1, 1.5, true);
new DataView(file.buffer).setFloat32(dataStart + 5, -2, true);

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  path = join(folder, 'model.safetensors');
  await writeFile(path, file);
});

afterAll(() => rm(folder, { recursive: true }));

/** A caller's own source, which may answer with a part of a larger buffer. */
function ownSource(read: ByteSource['read']): ByteSource & { closed: boolean } {
  return {
    name: 'archive entry',
    size: file.length,
    closed: false,
    read,
    async close() {
      this.closed = true;
    },
  };
}

const embedded = new Uint8Array(file.length + 3);
embedded.set(file, 3);

test.each([
  ['a path', () => path],
  ['a file: URL', () => pathToFileURL(path)],
  ['a file: URL as text', () => pathToFileURL(path).href],
  ['a Blob', () => new Blob([file])],
  ['bytes', () => file],
  ['bytes inside a larger buffer', () => embedded.subarray(3)],
  ['a Buffer', () => Buffer.from(file)],
  [
    "a caller's own source",
    () => ownSource(async (offset, length) => embedded.subarray(offset + 3, offset + 3 + length)),
  ],
])('reads %s', async (_, source) => {
  await using opened = await openSafetensors(source());
  expect([...opened.metadata]).toEqual([['format', 'pt']]);
  expect([...opened.tensors.values()]).toEqual([
    { name: 'a', dtype: 'U8', shape: [1, 1], byteOffset: dataStart, byteLength: 1 },
    { name: 'b', dtype: 'F32', shape: [2], byteOffset: dataStart + 1, byteLength: 8 },
    { name: 'none', dtype: 'I64', shape: [0, 4], byteOffset: dataStart + 9, byteLength: 0 },
  ]);
  const b = await opened.read('b');
  expect(b.byteOffset).toBe(0);
  expect([...new Float32Array(b.buffer)]).toEqual([1.5, -2]);
  expect([...(await opened.read('a'))]).toEqual([7]);
  expect((await opened.read('none')).length).toBe(0);
});

test("a caller's own source is closed with the file, and its short answers are refused", async () => {
  const source = ownSource(async (offset, length) => file.slice(offset, offset + length));
  await (await openSafetensors(source)).close();
  expect(source.closed).toBe(true);
  const short = ownSource(async (offset, length) => file.slice(offset, offset + length - 1));
  const { message } = await failure(openSafetensors(short));
  expect(message).toBe(
    'archive entry: its read(0, 8) returned 7 bytes; a source must return the requested bytes',
  );
  expect(short.closed).toBe(true);
});

test('what it returns is a copy', async () => {
  const opened = await openSafetensors(file);
  (await opened.read('a')).fill(0);
  expect([...(await opened.read('a'))]).toEqual([7]);
});

/** The error that `action` rejects with, which must be a SafetensorsError. */
async function failure(action: Promise<unknown>): Promise<SafetensorsError> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SafetensorsError);
  return error as SafetensorsError;
}

test('errors carry the reason and the file', async () => {
  const missing = await failure(openSafetensors(join(folder, 'nowhere.safetensors')));
  expect(missing.file).toBe(join(folder, 'nowhere.safetensors'));
  expect(missing.message).toContain('ENOENT');

  const opened = await openSafetensors(path);
  expect((await failure(opened.read('c'))).message).toBe(
    `${path}: has no tensor "c"; see tensors for the names`,
  );
  await opened.close();
  await opened.close();
  expect((await failure(opened.read('a'))).reason).toContain('is closed');
});

test.each([
  ['a folder', () => folder],
  ['an address of no web server', () => new URL('ftp://example.org/model.safetensors')],
  ['a malformed file: URL', () => 'file://%'],
  ['a path with a NUL', () => 'a\0b'],
])('refuses %s with a SafetensorsError', async (_, source) => {
  await failure(openSafetensors(source()));
});

test('a file cut short after it was opened is noticed', async () => {
  const cut = join(folder, 'cut.safetensors');
  await writeFile(cut, file);
  await using opened = await openSafetensors(cut);
  await truncate(cut, file.length - 1);
  expect((await failure(opened.read('b'))).reason).toContain('cut short');
  expect([...(await opened.read('a'))]).toEqual([7]);
});

test('reads beyond 4 GB', async () => {
  const large = join(folder, 'large.safetensors');
  const gap = 2 ** 32 + 5;
  const header =
    `{"gap":{"dtype":"U8","shape":[${gap}],"data_offsets":[0,${gap}]},` +
    `"end":{"dtype":"U8","shape":[2],"data_offsets":[${gap},${gap + 2}]}}`;
  const head = fileOf(header);
  await writeFile(large, head);
  await truncate(large, head.length + gap + 2); // sparse: takes no room on the disk
  const { open } = await import('node:fs/promises');
  const handle = await open(large, 'r+');
  await handle.write(Uint8Array.of(3, 4), 0, 2, head.length + gap);
  await handle.close();
  await using opened = await openSafetensors(large);
  expect([...(await opened.read('end'))]).toEqual([3, 4]);
});
