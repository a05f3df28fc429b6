import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openSafetensors, SafetensorsError } from '../../src/safetensors/index.ts';
import { fileOf } from './files.ts';

const file = fileOf('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}', 4);
file.set([1, 2, 3, 4], file.length - 4);

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

type Behaviour = (first: number, last: number) => Answer;

let server: Server | undefined;

afterEach(() => server?.close());

/** A server that answers requests for a range so; it keeps what was asked for. */
async function serve(behaviour: Behaviour): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  server = createServer(({ headers: { range = '' } }: IncomingMessage, response: ServerResponse) => {
    asked.push(range);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const { status, headers, body } = behaviour(Number(first), Number(last));
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.safetensors`, asked };
}

/** As RFC 9110 says. */
function ranges(bytes: Uint8Array, etag = '"1"'): Behaviour {
  return (first, last) => {
    if (first >= bytes.length)
      return { status: 416, headers: { 'Content-Range': `bytes */${bytes.length}` } };
    const body = bytes.subarray(first, last + 1);
    const range = `bytes ${first}-${first + body.length - 1}/${bytes.length}`;
    return { status: 206, headers: { 'Content-Range': range, ETag: etag }, body };
  };
}

test.each([
  ['as text', (url: string) => url],
  ['as a URL', (url: string) => new URL(url)],
])('reads an address %s, only what is asked for', async (_, source) => {
  const { url, asked } = await serve(ranges(file));
  await using opened = await openSafetensors(source(url));
  expect(opened.name).toBe(url);
  expect([...(await opened.read('a'))]).toEqual([1, 2, 3, 4]);
  expect(asked).toEqual([
    'bytes=0-1',
    'bytes=0-7',
    `bytes=8-${file.length - 5}`,
    `bytes=${file.length - 4}-${file.length - 1}`,
  ]);
});

test('reads from a server that takes a last byte of 0 for none, as sirv does', async () => {
  const { url } = await serve((first, last) => ranges(file)(first, last || file.length - 1));
  await using opened = await openSafetensors(url);
  expect([...(await opened.read('a'))]).toEqual([1, 2, 3, 4]);
});

const whole: Behaviour = () => ({ status: 200, body: file });

test.each<[string, Behaviour, RegExp]>([
  ['does not support ranges', whole, /200, so its server does not support ranges; download the file first/],
  ['does not have it', () => ({ status: 404 }), /HTTP status 404/],
  ['hides the range', () => ({ status: 206, body: file }), /Access-Control-Expose-Headers/],
  [
    'does not know the length',
    () => ({ status: 206, headers: { 'Content-Range': 'bytes 0-0/*' }, body: file.subarray(0, 1) }),
    /'bytes 0-0\/\*' gives no length/,
  ],
  [
    'sends another range',
    () => ({ status: 206, headers: { 'Content-Range': 'bytes 5-5/60' }, body: file.subarray(0, 1) }),
    /sent bytes 5-5 where 0-1 were asked for/,
  ],
  ['has an empty file', ranges(new Uint8Array(0)), /is 0 bytes long, too short/],
  ['has a file cut short', ranges(file.subarray(0, file.length - 1)), /./],
])('a server that %s is named', async (_, behaviour, says) => {
  const { url } = await serve(behaviour);
  const error = await openSafetensors(url).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SafetensorsError);
  expect((error as SafetensorsError).file).toBe(url);
  expect((error as SafetensorsError).reason).toMatch(says);
});

test('a server that is not there is named', async () => {
  const { url } = await serve(whole);
  await new Promise((resolve) => server!.close(resolve));
  await expect(openSafetensors(url)).rejects.toThrow(SafetensorsError);
  await expect(openSafetensors(url)).rejects.toThrow(url);
});

test.each<[string, Behaviour]>([
  ['is of another length', ranges(new Uint8Array([...file, 0]))],
  ['has another ETag', ranges(file, '"2"')],
])('a file that %s than when it was opened is noticed', async (_, later) => {
  let behaviour = ranges(file);
  const { url } = await serve((first, last) => behaviour(first, last));
  await using opened = await openSafetensors(url);
  behaviour = later;
  await expect(opened.read('a')).rejects.toThrow(/changed while it was read/);
});
