import { readFileSync } from 'node:fs';
import { edit, lusd } from '@lusd/lusd';
import { DEMO_EDITS, draw, SIZE } from '@lusd/lusd/shapes';
import type { Image } from '@lusd/sd-models';
import { encodePng, loadStableDiffusion, readImage } from '@lusd/sd-models/node';
import { openDevice } from '@lusd/tensor';
import { findChromium } from '@lusd/testing/browser';
import { type Browser, launchBrowser, openWatched, type Page } from '@lusd/testing/drivenBrowser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { downloadResult, setOption, start, untilStatus } from './person.ts';
import { SHAPES, type StudioSite, serveStudio } from './site.ts';

const executable = await findChromium();
if (!executable) console.warn('pictures in a browser are left out: the packaged Chromium cannot start here');

/** A picture with more pixels than the page shows of it. */
const PHOTO = noise(2600, 1950);

function noise(width: number, height: number): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  return { width, height, data };
}

/** White in its left half. */
function halfMask(size: number): Image {
  const isLeft = (i: number) => i % (3 * size) < 1.5 * size;
  const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => (isLeft(i) ? 255 : 0));
  return { width: size, height: size, data };
}

/** The photo as Node frames it. */
async function framedInNode(): Promise<Image> {
  const device = await openDevice({ adapter: 'swiftshader', log: null });
  try {
    using model = await loadStableDiffusion(SHAPES, { device });
    const request = { image: PHOTO, source: 'a heart', target: 'a square' };
    return edit(model, request, lusd(), { frame: { size: SIZE } }).source;
  } finally {
    device.destroy();
  }
}

/** Tells of what takes long with the pixels of a photo, where a page does it on its main thread. */
function watchPixelWork(): void {
  const { tellPixelWork } = globalThis as unknown as { tellPixelWork(name: string): Promise<void> };
  const watch = (prototype: object, name: string) => {
    const original = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
    Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
      void tellPixelWork(name);
      return original.apply(this, args);
    });
  };
  watch(HTMLCanvasElement.prototype, 'toBlob');
  watch(HTMLCanvasElement.prototype, 'toDataURL');
  watch(OffscreenCanvas.prototype, 'convertToBlob');
  watch(CanvasRenderingContext2D.prototype, 'getImageData');
  watch(OffscreenCanvasRenderingContext2D.prototype, 'getImageData');
}

const read = (bytes: Buffer) => readImage({ name: 'the result', bytes });

/** Gives a file to one of the page's buttons. */
async function give(page: Page, label: string, image: Image): Promise<void> {
  const file = { name: 'picture.png', mimeType: 'image/png', buffer: Buffer.from(encodePng(image)) };
  await page.locator(`input[aria-label="${label}"]`).setInputFiles(file);
}

/** Paints a line from top to bottom. @param column of 0 to 1 */
async function paint(page: Page, column = 0.5): Promise<void> {
  const mask = page.getByRole('application', { name: /^Mask/ });
  await mask.scrollIntoViewIfNeeded();
  const box = await mask.boundingBox();
  if (!box) throw new Error('the mask is not on the page');
  await page.mouse.move(box.x + box.width * column, box.y + box.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * column, box.y + box.height * 0.6, { steps: 4 });
  await page.mouse.up();
  await page.getByText('Only what is painted may change.').waitFor();
}

/** What of the mask is on the screen, as opacity from 0 to 255. */
function shownMask(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.mask canvas');
    const image = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
    return [...(image?.data ?? [])].filter((_, i) => i % 4 === 3);
  });
}

async function downloadTrajectory(page: Page): Promise<Buffer> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download trajectory' }).click();
  return readFileSync(await (await waiting).path());
}

async function editOnce(page: Page): Promise<Image> {
  await start(page);
  await untilStatus(page, /^Done, 1 step/);
  return read(await downloadResult(page));
}

describe.skipIf(!executable)('pictures in Chromium', () => {
  let site: StudioSite;
  let browser: Browser;
  let page: Page;
  const pixelWork: string[] = [];

  beforeAll(async () => {
    site = await serveStudio();
    browser = await launchBrowser(executable!);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await context.exposeFunction('tellPixelWork', (name: string) => pixelWork.push(name));
    await context.addInitScript(watchPixelWork);
    ({ page } = await openWatched(context, site.address));
  });
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  test('a photo is edited under a painted mask, kept and opened again, and its pixels stay in workers', async () => {
    await give(page, 'Choose a picture', PHOTO);
    const shown = page.getByRole('img', { name: 'The picture to edit' });
    expect(await shown.getAttribute('width')).toBe('2048');
    await page.getByLabel('The picture shows').fill('a yellow heart at sea');
    await page.getByLabel('It should show').fill('a red heart at sea');
    await setOption(page, 'Strength and length', 'num-steps', '1');
    await setOption(page, 'Words and mask', 'composite', 'true');
    await page.getByLabel('Feather').fill('40');
    await paint(page);
    const painted = await editOnce(page);
    await page.reload();
    await page.getByRole('button', { name: /^Open: / }).click();
    await untilStatus(page, /^Done, 1 step/);
    await page.getByRole('button', { name: 'Back to the mask' }).click();
    await page.getByText('Only what is painted may change.').waitFor();
    // The history gives the mask back as a picture, with what of it is soft.
    expect((await editOnce(page)).data).toEqual(painted.data);
    expect(pixelWork).toEqual([]);
  });

  test('all pixels of a photo are edited, not those that are shown', async () => {
    const pixels = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.before');
      const image = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
      return [...(image?.data ?? [])];
    });
    const rgb = pixels.filter((_, i) => i % 4 !== 3);
    expect(rgb).toEqual([...(await framedInNode()).data]);
  });

  test('a recorded edit gives its trajectory, and so does the history', async () => {
    await setOption(page, 'Picture', 'record', 'true');
    await editOnce(page);
    const recorded = await downloadTrajectory(page);
    const header = JSON.parse(recorded.subarray(8, 8 + recorded.readUInt32LE(0)).toString()) as object;
    expect(Object.keys(header)).toEqual(expect.arrayContaining(['z_source', 's0.z_before', 'z_final']));
    await page.reload();
    await page
      .getByRole('button', { name: /^Open: / })
      .first()
      .click();
    await untilStatus(page, /^Done, 1 step/);
    expect(await downloadTrajectory(page)).toEqual(recorded);
  });

  test('a mask is loaded if it has the size of the picture, and nothing changes where it is black', async () => {
    const before = draw(DEMO_EDITS[0]!.picture);
    await give(page, 'Another picture', before);
    await give(page, 'Load a mask', halfMask(SIZE / 2));
    await page
      .getByRole('alert')
      .filter({ hasText: /^The mask is 64 × 64, but the picture 128 × 128/i })
      .waitFor();
    await give(page, 'Load a mask', halfMask(SIZE));
    await page.getByText('Only what is painted may change.').waitFor();
    const { width, data } = await editOnce(page);
    const changed = Array.from(data.keys()).filter((i) => data[i] !== before.data[i]);
    expect(changed.length).toBeGreaterThan(100);
    expect(changed.filter((i) => Math.floor(i / 3) % width >= width / 2)).toEqual([]);
  });

  test('what is painted is shown, and what is undone is not', async () => {
    await page.getByRole('button', { name: 'Back to the mask' }).click();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await paint(page, 0.3);
    const first = await shownMask(page);
    await paint(page, 0.7);
    const both = await shownMask(page);
    const painted = (mask: number[]) => mask.filter((opacity) => opacity === 255).length;
    expect(painted(first)).toBeGreaterThan(100);
    expect(painted(both)).toBeGreaterThan(1.5 * painted(first));
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await shownMask(page)).toEqual(first);
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(painted(await shownMask(page))).toBe(0);
  });

  test('each of many strokes can be undone, those that took away among them, and painted over again', async () => {
    const shown: number[][] = [];
    // More strokes than lie between the layer's copies.
    const [count, again] = [40, 14];
    for (let i = 0; i < count; i++) {
      await page.getByLabel('Erase').setChecked(i % 5 === 4);
      await paint(page, 0.1 + (0.8 * ((7 * i) % count)) / count);
      shown.push(await shownMask(page));
    }
    for (let i = count - 2; i >= again; i--) {
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await shownMask(page), `after ${i + 1} strokes`).toEqual(shown[i]);
    }
    await page.getByLabel('Erase').setChecked(false);
    for (let i = 0; i < 6; i++) await paint(page, 0.9);
    const painted = await shownMask(page);
    for (let i = 0; i < 6; i++) await page.getByRole('button', { name: 'Undo' }).click();
    expect(await shownMask(page)).toEqual(shown[again]);
    expect(painted).not.toEqual(shown[again]);
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    expect((await shownMask(page)).every((opacity) => opacity === 0)).toBe(true);
  });
});
