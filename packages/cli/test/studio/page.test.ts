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

/** The picture of the history's first entry, as bytes. */
async function firstResult(page: Page): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download PNG' }).click(),
  ]);
  const pieces: Buffer[] = [];
  for await (const piece of await download.createReadStream()) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('base64');
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
    expect(await firstResult(first!)).toBe(await firstResult(second!));
    for (const { errors, foreign } of watched)
      expect({ errors, foreign }).toEqual({ errors: [], foreign: [] });
    for (const context of contexts) await context.close();
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
