import { request as httpRequest } from 'node:http';
import { encodePng, readImage } from '@lusd/sd-models/node';
import { decodeEvent, type EditEvent } from '@lusd/studio/session';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { KeptPictures } from '../../src/studio/keptPictures.ts';
import { disc } from '../pictures.ts';
import { StudioProcess, TOKEN } from './studioProcess.ts';

let studio: StudioProcess;
let client: OpenAI;
beforeAll(async () => {
  studio = await StudioProcess.start();
  client = new OpenAI({ baseURL: `${studio.origin}/v1`, apiKey: TOKEN, maxRetries: 0 });
});
afterAll(async () => {
  await studio?.end('SIGKILL');
});

/** What OpenAI's interface does not have. */
const OWN = { source_prompt: 'a red circle on sand', threshold: 0 };

async function asked(numSteps: number) {
  const image = await toFile(encodePng(disc()), 'disc.png', { type: 'image/png' });
  return { image, prompt: 'a blue circle on sand', num_steps: numSteps, ...OWN };
}

async function pixelsOf(base64 = ''): Promise<Uint8Array> {
  return (await readImage({ name: 'the answer', bytes: Buffer.from(base64, 'base64') })).data;
}

/** What the studio's own interface tells of the same edit. */
async function ownEvents(numSteps: number, saveStep: number): Promise<EditEvent[]> {
  const settings = { source: OWN.source_prompt, target: 'a blue circle on sand', saveStep };
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(encodePng(disc()))]), 'disc.png');
  form.set('settings', JSON.stringify({ ...settings, options: { numSteps, threshold: 0 } }));
  const { id } = (await (await studio.fetch('/api/edits', { method: 'POST', body: form })).json()) as {
    id: string;
  };
  const text = await (await studio.fetch(`/api/edits/${id}/events`)).text();
  return Array.from(text.matchAll(/^data: (.*)$/gm), ([, data]) => decodeEvent(data ?? ''));
}

async function activeEdits(): Promise<string[]> {
  return ((await (await studio.fetch('/api/status')).json()) as { active: string[] }).active;
}

const { width, height } = disc();
const PICTURE = {
  b64_json: expect.any(String),
  created_at: expect.any(Number),
  size: `${width}x${height}`,
  ...{ quality: 'auto', background: 'opaque', output_format: 'png' },
};
/** Every field that the client's types have, and no other. */
const PARTIAL = {
  ...{ ...PICTURE, type: 'image_edit.partial_image', partial_image_index: 0 },
} satisfies Record<keyof OpenAI.ImageEditPartialImageEvent, unknown>;
const COMPLETED = {
  ...{ ...PICTURE, type: 'image_edit.completed' },
  usage: {
    ...{ input_tokens: 0, output_tokens: 0, total_tokens: 0 },
    input_tokens_details: { image_tokens: 0, text_tokens: 0 },
  },
} satisfies Record<keyof OpenAI.ImageEditCompletedEvent, unknown>;

test('a client that streams gets previews on their way, and then the picture', async () => {
  const stream = await client.images.edit({ ...(await asked(9)), stream: true, partial_images: 2 });
  const events: OpenAI.ImageEditStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  expect(events).toEqual([PARTIAL, { ...PARTIAL, partial_image_index: 1 }, COMPLETED]);
  const told = await ownEvents(9, 3);
  const shown = told.flatMap((event) =>
    (event.kind === 'preview' && [3, 6].includes(event.iteration)) || event.kind === 'done'
      ? [event.image.data]
      : [],
  );
  expect(await Promise.all(events.map(({ b64_json }) => pixelsOf(b64_json)))).toEqual(shown);
});

test('a client that does not stream gets the same picture, and one for each seed', async () => {
  const { data = [] } = await client.images.edit({ ...(await asked(2)), n: 2 });
  const stream = await client.images.edit({ ...(await asked(2)), n: 2, stream: true });
  const events: OpenAI.ImageEditStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  // No preview was asked for.
  expect(events).toEqual([COMPLETED, COMPLETED]);
  expect(events.map(({ b64_json }) => b64_json)).toEqual(data.map(({ b64_json }) => b64_json));
  expect(data[0]?.b64_json).not.toBe(data[1]?.b64_json);
});

test('an edit of few steps has as many previews as it can, and save_step is followed', async () => {
  const indicesOf = async (fields: object) => {
    const stream = await client.images.edit({
      ...{ ...(await asked(4)), ...fields },
      ...{ stream: true as const, partial_images: 3 },
    });
    const indices: number[] = [];
    for await (const event of stream)
      if (event.type === 'image_edit.partial_image') indices.push(event.partial_image_index);
    return indices;
  };
  expect(await indicesOf({})).toEqual([0, 1, 2]);
  expect(await indicesOf({ save_step: 2 })).toEqual([0]);
});

test('an edit that cannot begin is refused by its status', async () => {
  const edit = client.images.edit({ ...(await asked(2)), ...{ edit_words: 'nowhere' }, stream: true });
  await expect(edit).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/"nowhere" is not/),
  });
});

test('an edit that ends without a picture says so to a client that streams', async () => {
  const stream = await client.images.edit({ ...(await asked(500)), stream: true });
  const [id] = await activeEdits();
  await studio.fetch(`/api/edits/${id}/stop`, { method: 'POST' });
  const read = async () => {
    for await (const _ of stream);
  };
  await expect(read()).rejects.toThrow(/the edit was stopped/);
});

test('an edit is stopped when its client has seen enough', async () => {
  const fields = { ...(await asked(500)), save_step: 1 };
  for await (const event of await client.images.edit({ ...fields, stream: true, partial_images: 3 }))
    if (event.type === 'image_edit.partial_image' && event.partial_image_index === 1) break;
  await vi.waitFor(async () => expect(await activeEdits()).toEqual([]), 20_000);
});

describe('a picture as an address', () => {
  let address: string;
  beforeAll(async () => {
    const { data } = await client.images.edit({ ...(await asked(2)), response_format: 'url' });
    address = data?.[0]?.url ?? '';
  });

  /** The status for a request with these headers, which fetch does not let one set. */
  function statusFor(headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(address, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject).end();
    });
  }

  test('it is on this server, and leads to the picture without a token', async () => {
    expect(address.startsWith(`${studio.origin}/v1/pictures/`)).toBe(true);
    const response = await fetch(address);
    expect(response.headers.get('content-type')).toBe('image/png');
    const bytes = new Uint8Array(await response.arrayBuffer());
    const { data } = await client.images.edit(await asked(2));
    expect((await readImage({ name: 'it', bytes })).data).toEqual(await pixelsOf(data?.[0]?.b64_json));
  });

  test('another name leads nowhere, and no other path is open', async () => {
    const other = await fetch(`${studio.origin}/v1/pictures/${crypto.randomUUID()}`);
    expect(other.status).toBe(404);
    expect(await other.json()).toMatchObject({
      error: { message: expect.stringMatching(/the last 32 are kept/) },
    });
    expect((await fetch(`${studio.origin}/v1/pictures/../models`)).status).toBe(401);
    expect((await fetch(address, { method: 'POST' })).status).toBe(405);
  });

  test('pages of other origins and other names of this machine are refused', async () => {
    const { host } = new URL(address);
    expect(await statusFor({ host: 'evil.example' })).toBe(403);
    expect(await statusFor({ host, origin: 'https://evil.example' })).toBe(403);
    expect(await statusFor({ host })).toBe(200);
  });
});

test('pictures are kept for an hour, and no more than 32', () => {
  vi.useFakeTimers();
  try {
    const pictures = new KeptPictures();
    const names = Array.from({ length: 33 }, (_, i) => pictures.add(Buffer.from([i])));
    expect(() => pictures.get(names[0]!)).toThrow(/there is no picture/);
    expect([...pictures.get(names[1]!)]).toEqual([1]);
    vi.advanceTimersByTime(59 * 60_000);
    expect([...pictures.get(names[32]!)]).toEqual([32]);
    vi.advanceTimersByTime(60_000);
    expect(() => pictures.get(names[32]!)).toThrow(/there is no picture/);
  } finally {
    vi.useRealTimers();
  }
});
