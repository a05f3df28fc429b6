import { writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { METHOD_NAMES, type MethodName } from '@lusd/lusd';
import { encodePng, readImage } from '@lusd/sd-models/node';
import { decodeEvent, type EditEvent } from '@lusd/studio/session';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QUICK as EDIT, lusd, PROMPTS, temporaryFolder } from '../lusd.ts';
import { disc, plain } from '../pictures.ts';
import { StudioProcess, TOKEN } from './studioProcess.ts';

let studio: StudioProcess;
beforeAll(async () => {
  studio = await StudioProcess.start();
});
afterAll(async () => {
  await studio?.end('SIGKILL');
});

/** A request with headers that fetch does not let one set. */
function rawRequest(path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port: studio.port, host: '127.0.0.1', path, method, headers };
    const sent = httpRequest(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
      sent.destroy();
    });
    sent.on('error', reject);
    if (method === 'GET') sent.end();
    else sent.flushHeaders();
  });
}

const authorization = `Bearer ${TOKEN}`;
const host = () => `127.0.0.1:${studio.port}`;
const file = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)], { type: 'image/png' });
const QUICK = { num_steps: '2', size: '64', threshold: '0' };

function formOf(fields: Readonly<Record<string, string | Blob>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') form.set(name, value);
    else form.set(name, value, 'picture.png');
  return form;
}

describe('refused', () => {
  test.each([
    ['a foreign host', () => rawRequest('/api/status', { host: 'evil.example', authorization }), 403],
    [
      'a foreign host of this port',
      () => rawRequest('/api/status', { host: `evil.example:${studio.port}`, authorization }),
      403,
    ],
    [
      'a foreign origin',
      () => rawRequest('/api/status', { host: host(), authorization, origin: 'https://evil.example' }),
      403,
    ],
    [
      'an origin of nothing, as files have',
      () => rawRequest('/api/status', { host: host(), authorization, origin: 'null' }),
      403,
    ],
    ['no token', () => rawRequest('/api/status', { host: host() }), 401],
    ['no token for the page', () => rawRequest('/', { host: host() }), 401],
    [
      'another token',
      () => rawRequest('/api/status', { host: host(), authorization: 'Bearer another' }),
      401,
    ],
    ['another token in the address', () => rawRequest('/?token=another', { host: host() }), 401],
    [
      'an upload of 1 GB',
      () => rawRequest('/api/edits', { host: host(), authorization, 'content-length': '1000000000' }, 'POST'),
      413,
    ],
    [
      'a path out of the page',
      () => rawRequest('/assets/../../package.json', { host: host(), authorization }),
      404,
    ],
    [
      'the same, encoded',
      () => rawRequest('/assets/%2e%2e/%2e%2e/package.json', { host: host(), authorization }),
      404,
    ],
    ['another method', () => rawRequest('/api/status', { host: host(), authorization }, 'POST'), 405],
    [
      'an edit that there is not',
      () => rawRequest(`/api/edits/${crypto.randomUUID()}/events`, { host: host(), authorization }),
      404,
    ],
  ] as const)('%s', async (_, ask, status) => {
    expect(await ask()).toBe(status);
  });

  test('an upload without a length, once it is too large', async () => {
    const piece = new Uint8Array(2 ** 20);
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent++ < 80) controller.enqueue(piece);
        else controller.close();
      },
    });
    const init = {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    };
    // Whether the answer or the closed connection is seen first is the network's affair.
    const status = await studio.fetch('/api/edits', init as RequestInit).then(
      ({ status }) => status,
      () => 413,
    );
    expect(status).toBe(413);
    expect((await studio.fetch('/api/status')).status).toBe(200);
  });

  test.each([
    ['no picture', () => formOf({ prompt: 'a blue circle' }), 'image', /the form has no file 'image'/],
    ['no prompt', () => formOf({ image: file(encodePng(disc())) }), 'prompt', /has no prompt/],
    [
      'what is no picture',
      () => formOf({ image: file(Buffer.from('not a picture')), prompt: 'x' }),
      'image',
      /is text that begins/,
    ],
    [
      'a mask of another size',
      () =>
        formOf({
          image: file(encodePng(disc())),
          mask: file(encodePng({ width: 8, height: 8, data: new Uint8Array(192) })),
          prompt: 'x',
        }),
      'mask',
      /the mask is 8 x 8/,
    ],
    [
      'an unknown option',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', nonsense: '1' }),
      null,
      /--nonsense is not an option/,
    ],
    [
      'an option out of range',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', num_steps: '0' }),
      null,
      /--num-steps must be at least 1/,
    ],
    [
      'a method that there is not',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', method: 'magic' }),
      null,
      /method must be one of lusd, sds, /,
    ],
    [
      'an option of another method',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', method: 'dds', strength: '0.5' }),
      null,
      /--strength is not an option of dds/,
    ],
    [
      'an option that is no number',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', method: 'sdedit', strength: 'half' }),
      'strength',
      /strength cannot be 'half'/,
    ],
    [
      'a negative prompt that is not looked at',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', negative_prompt: 'y' }),
      'negative_prompt',
      /is not an option of lusd, but of csd, plug-and-play/,
    ],
    [
      'words that are not looked at',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', method: 'dds', edit_words: 'x' }),
      'edit_words',
      /which dds has with mask_attention only/,
    ],
    [
      'eleven pictures',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', n: '11' }),
      'n',
      /from 1 to 10/,
    ],
    [
      'another form of answer',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', response_format: 'webp' }),
      'response_format',
      /must be b64_json or url, but is 'webp'/,
    ],
    [
      'events with addresses',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', response_format: 'url', stream: 'true' }),
      'response_format',
      /events have pictures as b64_json alone/,
    ],
    [
      'four previews',
      () => formOf({ image: file(encodePng(disc())), prompt: 'x', partial_images: '4' }),
      'partial_images',
      /from 0 to 3/,
    ],
  ])('in the form of OpenAI: %s', async (_, form, param, says) => {
    const response = await studio.fetch('/v1/images/edits', { method: 'POST', body: form() });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', param, message: expect.stringMatching(says) },
    });
  });

  test('a file whose name has a path in it', async () => {
    const form = new FormData();
    form.set('image', file(encodePng(disc())), '../../etc/passwd');
    form.set('prompt', 'x');
    const response = await studio.fetch('/v1/images/edits', { method: 'POST', body: form });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { param: 'image', message: expect.stringMatching(/has a path in it/) },
    });
  });
});

test('an OpenAI client’s form gives edited pictures, a seed each; the mask is its transparent part', async () => {
  // Transparent, so that it may change, on the left half alone.
  const { width, height } = disc();
  const mask = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) mask.data[4 * i + 3] = i % width < width / 2 ? 0 : 255;
  const form = formOf({
    ...{ image: file(encodePng(disc())), mask: file(PNG.sync.write(mask)), prompt: 'a blue circle on sand' },
    ...{
      model: 'gpt-image-1',
      n: '2',
      source_prompt: 'a red circle on sand',
      composite: 'true',
      ...QUICK,
      size: `${width}x${height}`,
    },
  });
  const response = await studio.fetch('/v1/images/edits', { method: 'POST', body: form });
  expect(response.status).toBe(200);
  const { created, data } = (await response.json()) as { created: number; data: { b64_json: string }[] };
  expect(Math.abs(created - Date.now() / 1000)).toBeLessThan(600);
  const images = await Promise.all(
    data.map(({ b64_json }) => readImage({ name: 'the answer', bytes: Buffer.from(b64_json, 'base64') })),
  );
  expect(images).toHaveLength(2);
  expect(images[0]!.data).not.toEqual(images[1]!.data);
  const before = disc();
  for (const { data: after } of images)
    for (let i = 0; i < after.length; i++)
      if (Math.floor(i / 3) % width >= width / 2) expect(after[i]).toBe(before.data[i]);
});

/** An edit's events to its end. */
async function eventsOf(id: string, last?: number): Promise<EditEvent[]> {
  const headers = last === undefined ? {} : { 'last-event-id': String(last) };
  const text = await (await studio.fetch(`/api/edits/${id}/events`, { headers })).text();
  return Array.from(text.matchAll(/^data: (.*)$/gm), ([, data]) => decodeEvent(data ?? ''));
}

async function startEdit(settings: object): Promise<string> {
  const form = formOf({ image: file(encodePng(plain(128))), settings: JSON.stringify(settings) });
  const response = await studio.fetch('/api/edits', { method: 'POST', body: form });
  return ((await response.json()) as { id: string }).id;
}

const SETTINGS = { source: 'a red circle on sand', target: 'a blue circle on sand', size: 64, saveStep: 1 };

test('events can be followed again from the first, or from one that is known; edits wait for each other', async () => {
  const options = { numSteps: 2, threshold: 0 };
  const [first, second] = [
    await startEdit({ ...SETTINGS, options }),
    await startEdit({ ...SETTINGS, options }),
  ];
  const [events, ofSecond] = await Promise.all([eventsOf(first), eventsOf(second)]);
  expect(events.map(({ kind }) => kind)).toEqual(['started', 'step', 'preview', 'step', 'preview', 'done']);
  expect(ofSecond).toEqual(
    events.map((event) => (event.kind === 'step' ? { ...event, seconds: expect.any(Number) } : event)),
  );
  expect(await eventsOf(first)).toEqual(events);
  expect(await eventsOf(first, 3)).toEqual(events.slice(4));
});

test('an edit is that of `lusd edit`, grey level for grey level', async () => {
  const options = { numSteps: 2, threshold: 0 };
  const done = (await eventsOf(await startEdit({ ...SETTINGS, options }))).at(-1);
  const folder = temporaryFolder();
  const [given, edited] = [join(folder, 'given.png'), join(folder, 'edited.png')];
  writeFileSync(given, encodePng(plain(128)));
  const { code } = lusd(
    ...['edit', '--image', given, '--output', edited, '--threshold', '0'],
    ...EDIT,
    ...PROMPTS,
  );
  expect(code).toBe(0);
  expect(done?.kind === 'done' && done.image.data).toEqual((await readImage(edited)).data);
});

test('another method edits, with its own options, and tells what it has', async () => {
  const options = { numSteps: 4, strength: 0.5 };
  const events = await eventsOf(await startEdit({ ...SETTINGS, method: 'sdedit', options }));
  expect(events.map(({ kind }) => kind)).toEqual(['started', 'step', 'preview', 'step', 'preview', 'done']);
  expect(events[0]).toMatchObject({ numSteps: 2, words: [] });
  expect(events[1]).toMatchObject({ std: null, threshold: null, attempts: 1 });
  const form = formOf({
    ...{ image: file(encodePng(plain(128))), prompt: SETTINGS.target, source_prompt: SETTINGS.source },
    ...{ size: '64', method: 'sdedit', num_steps: '4', strength: '0.5' },
  });
  const response = await studio.fetch('/v1/images/edits', { method: 'POST', body: form });
  const { data } = (await response.json()) as { data: { b64_json: string }[] };
  const bytes = Buffer.from(data[0]?.b64_json ?? '', 'base64');
  // Both ways of asking make the same picture.
  const done = events.at(-1);
  expect(done?.kind === 'done' && done.image.data).toEqual((await readImage({ name: 'it', bytes })).data);
});

/** Few steps, with what has to fit them. */
const SHORT: Readonly<Partial<Record<MethodName, object>>> = {
  masactrl: { startStep: 1, startLayer: 2 },
  'edit-friendly': { skip: 1 },
  'plug-and-play': { inversionSteps: 4 },
};

test.each(METHOD_NAMES.filter((name) => name !== 'instruct-pix2pix'))('%s edits', async (method) => {
  const options = { numSteps: 2, ...SHORT[method] };
  const events = await eventsOf(await startEdit({ ...SETTINGS, method, options }));
  const [started] = events;
  const steps = events.filter(({ kind }) => kind === 'step');
  expect(events.at(-1)?.kind).toBe('done');
  expect(started?.kind === 'started' && started.numSteps).toBe(steps.length);
});

test('a model that was not trained on instructions is refused as InstructPix2Pix', async () => {
  const events = await eventsOf(await startEdit({ ...SETTINGS, method: 'instruct-pix2pix' }));
  expect(events.at(-1)).toMatchObject({
    kind: 'failed',
    failure: { message: expect.stringMatching(/takes 4 channels, but the method gives it 8/) },
  });
});

test('edits are stopped, one that waits at once, and one that fails says why', async () => {
  const id = await startEdit({ ...SETTINGS, options: { numSteps: 500, threshold: 0 } });
  const ended = eventsOf(id);
  const waiting = await startEdit(SETTINGS);
  await studio.fetch(`/api/edits/${waiting}/stop`, { method: 'POST' });
  expect(await eventsOf(waiting)).toEqual([{ kind: 'stopped' }]);
  await studio.fetch(`/api/edits/${id}/stop`, { method: 'POST' });
  expect((await ended).at(-1)).toEqual({ kind: 'stopped' });
  const wrong = await eventsOf(await startEdit({ ...SETTINGS, editWords: ['nowhere'] }));
  expect(wrong).toEqual([
    { kind: 'failed', failure: { kind: 'option', message: expect.stringMatching(/"nowhere" is not/) } },
  ]);
});

test('a port that is taken is one clear error; ctrl-C ends the command in order, an edit in its middle too', async () => {
  await expect(StudioProcess.start(studio.port)).rejects.toThrow(/the port \d+ is taken; .*--port/);
  await startEdit({ ...SETTINGS, options: { numSteps: 500, threshold: 0 } });
  expect(await studio.end('SIGINT')).toBe(0);
});
