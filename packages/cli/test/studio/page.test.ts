import { decodeEvent, type EditEvent } from '@lusd/studio/session';
import { findChromium } from '@lusd/testing/browser';
import { type Browser, launchBrowser, openWatched, type Page } from '@lusd/testing/drivenBrowser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StudioProcess } from './studioProcess.ts';

const executable = await findChromium();
if (!executable) console.warn('the studio in a browser is left out: the packaged Chromium cannot start here');

/** Starts an example with so many steps, each with a preview. */
async function startExample(page: Page, numSteps: number): Promise<void> {
  await page.getByRole('button', { name: /a yellow heart at sea/ }).click();
  for (const [group, name, value] of [
    ['Strength and length', 'num-steps', String(numSteps)],
    ['Picture', 'save-step', '1'],
  ] as const) {
    await page.locator('summary', { hasText: group }).click();
    await page.getByLabel(name, { exact: true }).fill(value);
    await page.getByLabel(name, { exact: true }).blur();
  }
  await page.getByRole('button', { name: 'Start', exact: true }).click({ timeout: 60_000 });
}

async function untilStatus(page: Page, text: RegExp): Promise<void> {
  await page.locator('.status').filter({ hasText: text }).waitFor({ timeout: 120_000 });
}

/** What one of the page's buttons saves. */
async function downloaded(page: Page, button: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  const pieces: Buffer[] = [];
  for await (const piece of await download.createReadStream()) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Tells of what a page reads of a stream, or decodes, on its main thread. */
function watchDecoding(): void {
  const { tellDecoding } = globalThis as unknown as { tellDecoding(name: string): Promise<void> };
  const watch = (holder: object, name: string) => {
    const original = Reflect.get(holder, name) as (...args: unknown[]) => unknown;
    Reflect.set(holder, name, function (this: unknown, ...args: unknown[]) {
      void tellDecoding(name);
      return original.apply(this, args);
    });
  };
  watch(globalThis, 'atob');
  watch(TextDecoder.prototype, 'decode');
  watch(ReadableStream.prototype, 'getReader');
  watch(Response.prototype, 'text');
  watch(Response.prototype, 'arrayBuffer');
}

/** The last event of an edit, as the server tells it. */
async function lastEvent(studio: StudioProcess, id: string): Promise<EditEvent> {
  const text = await (await studio.fetch(`/api/edits/${id}/events`)).text();
  const [, data = ''] = [...text.matchAll(/^data: (.*)$/gm)].at(-1) ?? [];
  return decodeEvent(data);
}

describe.skipIf(!executable)('the page against lusd studio', () => {
  let studio: StudioProcess;
  let browser: Browser;
  beforeAll(async () => {
    studio = await StudioProcess.start();
    browser = await launchBrowser(executable!);
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.end('SIGKILL');
  });

  test('two pages edit at once, one of them reloaded in its middle, to the same picture', async () => {
    const contexts = [await browser.newContext(), await browser.newContext()];
    const watched = await Promise.all(contexts.map((context) => openWatched(context, studio.address)));
    const [first, second] = watched.map(({ page }) => page);
    await first!.getByText(/on this machine/).waitFor();
    await startExample(first!, 6);
    await startExample(second!, 6);
    await untilStatus(first!, /^Step [1-5] of 6/);
    await first!.reload();
    await untilStatus(first!, /^Done, 6 steps/);
    await untilStatus(second!, /^Done, 6 steps/);
    expect(await downloaded(first!, 'Download PNG')).toEqual(await downloaded(second!, 'Download PNG'));
    for (const { errors, foreign } of watched)
      expect({ errors, foreign }).toEqual({ errors: [], foreign: [] });
    for (const context of contexts) await context.close();
  });

  test('a recorded edit gives the trajectory of the server, and no event is decoded on the page’s thread', async () => {
    const decoding: string[] = [];
    const context = await browser.newContext();
    await context.exposeFunction('tellDecoding', (name: string) => decoding.push(name));
    await context.addInitScript(watchDecoding);
    const { page, errors } = await openWatched(context, studio.address);
    await page.locator('summary', { hasText: 'Picture' }).click();
    await page.getByLabel('record', { exact: true }).check();
    await page.locator('summary', { hasText: 'Picture' }).click();
    const answer = page.waitForResponse((response) => response.url().endsWith('/api/edits'));
    await startExample(page, 2);
    const { id } = (await (await answer).json()) as { id: string };
    await untilStatus(page, /^Done, 2 steps/);
    const recorded = await downloaded(page, 'Download trajectory');
    const last = await lastEvent(studio, id);
    expect(last.kind === 'done' && last.trajectory).toEqual(new Uint8Array(recorded));
    expect({ decoding, errors }).toEqual({ decoding: [], errors: [] });
    await context.close();
  });

  test('a server that is killed is said, what was made is kept, and one that is started again is used', async () => {
    const { page } = await openWatched(await browser.newContext(), studio.address);
    await startExample(page, 200);
    await untilStatus(page, /^Step [3-9] of 200/);
    await studio.end('SIGKILL');
    studio = await StudioProcess.start(studio.port);
    await untilStatus(page, /the server (?:does not answer|may have been started again)/);
    await page.reload();
    await page.getByText('failed').waitFor();
    await page.getByRole('button', { name: 'Open: a red heart at sea, seed 0' }).click();
    await page.getByLabel('Step of the edit that is shown').fill('1');
    await page.getByText('Step 2', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Another picture' }).waitFor();
    await page.reload();
    await startExample(page, 2);
    await untilStatus(page, /^Done, 2 steps/);
  });
});
