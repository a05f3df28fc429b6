import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { edit, lusd } from '@lusd/lusd';
import { DEMO_EDITS, draw, SHAPES_OPTIONS, SIZE } from '@lusd/lusd/shapes';
import { type Image, readPngText } from '@lusd/sd-models';
import { loadStableDiffusion, readImage } from '@lusd/sd-models/node';
import { openDevice } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { findChromium } from '@lusd/testing/browser';
import { type Browser, launchBrowser, openWatched, type WatchedPage } from '@lusd/testing/drivenBrowser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessibilityFaults,
  downloadResult,
  drop,
  setOption,
  start,
  statusOf,
  untilStatus,
} from './person.ts';
import { SHAPES, type StudioSite, serveStudio } from './site.ts';

const executable = await findChromium();
if (!executable) console.warn('the studio in a browser is left out: the packaged Chromium cannot start here');

const NUM_STEPS = 4;
const [HEART] = DEMO_EDITS;

/** The demo's edit as Node makes it, on the adapter that the browser has. */
async function editInNode(): Promise<Image> {
  if (!HEART) throw new Error('there is no demo edit');
  const device = await openDevice({ adapter: 'swiftshader', log: null });
  try {
    using model = await loadStableDiffusion(SHAPES, { device });
    const { picture, source, target } = HEART;
    const editor = lusd({ ...SHAPES_OPTIONS, numSteps: NUM_STEPS });
    return await edit(model, { image: draw(picture), source, target }, editor, {
      frame: { size: SIZE },
    }).result();
  } finally {
    device.destroy();
  }
}

const read = (bytes: Buffer) => readImage({ name: 'the result', bytes });

describe.skipIf(!executable)('the studio in Chromium', () => {
  let site: StudioSite;
  let browser: Browser;
  let watched: WatchedPage;
  let result: Buffer;
  const watchedPages: WatchedPage[] = [];

  beforeAll(async () => {
    site = await serveStudio();
    browser = await launchBrowser(executable!);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    watched = await openWatched(context, site.address);
    watchedPages.push(watched);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  test('an example is edited to its end, over a pause, to the picture that Node makes', async () => {
    const { page } = watched;
    const opened = performance.now();
    await page.getByRole('button', { name: /a yellow heart at sea/ }).click();
    await page
      .getByRole('button', { name: 'heart', exact: true, pressed: true })
      .waitFor({ timeout: 60_000 });
    await setOption(page, 'Strength and length', 'num-steps', String(NUM_STEPS));
    await setOption(page, 'Picture', 'save-step', '1');
    await start(page);
    await untilStatus(page, /^Step [12] of 4/);
    console.log(`from opening to the first preview: ${((performance.now() - opened) / 1000).toFixed(1)} s`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await untilStatus(page, /^Paused at step/);
    const paused = await statusOf(page).textContent();
    await page.waitForTimeout(3_000);
    // A step that was under way is finished, and none after it.
    const later = await statusOf(page).textContent();
    const stepOf = (text: string | null) => Number(/step (\d+)/.exec(text ?? '')?.[1]);
    expect(stepOf(later) - stepOf(paused)).toBeLessThanOrEqual(1);
    await page.getByRole('button', { name: 'Go on' }).click();
    await untilStatus(page, /^Done, 4 steps; the mask looked at heart\.$/);

    result = await downloadResult(page);
    const [inPage, inNode] = [await read(result), await editInNode()];
    expect([inPage.width, inPage.height]).toEqual([inNode.width, inNode.height]);
    expectAllClose([...inPage.data], [...inNode.data], { atol: 1, rtol: 0, label: 'page and Node' });
  });

  test('the steps, the mask and the curves can be looked at', async () => {
    const { page } = watched;
    await page.getByLabel('Step of the edit that is shown').fill('1');
    await page.getByText('Step 2', { exact: true }).waitFor();
    await page.getByLabel("Model's mask").check();
    await page.getByLabel(/^Before and after/).fill('50');
    await page
      .getByRole('img', { name: /^std and threshold, now std 0\.\d{3}, threshold 0\.\d{3}$/ })
      .waitFor();
  });

  test('the history survives a reload, and two edits of it can be compared', async () => {
    const { page } = watched;
    await page.reload();
    await page.getByRole('button', { name: 'Open: a red heart at sea, seed 0' }).click();
    await untilStatus(page, /^Done, 4 steps/);
    expect((await read(await downloadResult(page))).data).toEqual((await read(result)).data);
    await page.getByRole('button', { name: /^Run again with a new seed/ }).click({ timeout: 60_000 });
    await untilStatus(page, /^Step/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await untilStatus(page, /^Stopped at step \d of 4; what was made is kept\.$/);
    for (const box of await page.getByRole('checkbox', { name: /^Compare: / }).all()) await box.check();
    await page.getByRole('button', { name: 'Compare two' }).click();
    await page.getByRole('row', { name: 'seed 1 0' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
  });

  test('an edit whose page is left is said to be interrupted, and what was made is kept', async () => {
    const { page } = watched;
    await page
      .getByRole('button', { name: /^Run again with a new seed: a red heart at sea, seed 0/ })
      .click();
    await untilStatus(page, /^Step [23]/);
    await page.reload();
    await page.getByText(/^An edit was interrupted when its page or server ended/).waitFor();
    await page.getByText('seed 1 interrupted').waitFor();
  });

  test('a painted mask keeps everything outside it as it was', async () => {
    const { page } = watched;
    await page.getByRole('button', { name: 'Open: a red heart at sea, seed 0' }).click();
    await page.getByRole('button', { name: 'Back to the mask' }).click();
    const mask = page.getByRole('application', { name: /^Mask/ });
    await mask.scrollIntoViewIfNeeded();
    const box = await mask.boundingBox();
    if (!box) throw new Error('the mask is not on the page');
    // Down the middle, over a third of the width at most.
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.3);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.6, { steps: 8 });
    await page.mouse.up();
    await page.getByText('Only what is painted may change.').waitFor();
    await setOption(page, 'Words and mask', 'composite', 'true');
    await start(page);
    await untilStatus(page, /^Done/);
    const { width, height, data } = await read(await downloadResult(page));
    const before = draw(HEART!.picture);
    let [outside, inside] = [0, 0];
    for (let i = 0; i < width * height * 3; i++) {
      const x = Math.floor(i / 3) % width;
      const difference = Math.abs(data[i]! - before.data[i]!);
      if (Math.abs(x - width / 2) < width / 6) inside = Math.max(inside, difference);
      else outside = Math.max(outside, difference);
    }
    expect(outside).toBe(0);
    expect(inside).toBeGreaterThan(20);
  });

  test('a result that is dropped brings its settings back', async () => {
    const { page } = watched;
    expect(JSON.parse(readPngText(result, 'lusd') ?? '')).toMatchObject({
      settings: { seed: 0, saveStep: 1 },
    });
    await page.getByLabel('It should show').fill('something else');
    await setOption(page, 'Strength and length', 'num-steps', '77');
    await drop(page, 'heart.png', result);
    await page.getByText('The settings with which heart.png was made are restored.').waitFor();
    expect(await page.getByLabel('It should show').inputValue()).toBe(HEART?.target);
    expect(await page.getByLabel('num-steps').inputValue()).toBe(String(NUM_STEPS));
  });

  test('words are clicked on and off, and the keyboard paints', async () => {
    const { page } = watched;
    await page.getByRole('button', { name: 'red', exact: true, pressed: false }).click();
    await page.getByRole('button', { name: 'red', exact: true, pressed: true }).waitFor();
    await page.getByRole('button', { name: 'heart', exact: true, pressed: true }).click();
    await page.getByRole('button', { name: 'heart', exact: true, pressed: false }).waitFor();
    await page.getByRole('button', { name: 'Choose by itself' }).click();
    await page.getByRole('button', { name: 'heart', exact: true, pressed: true }).waitFor();
    await page.getByRole('application', { name: /^Mask/ }).press('Space');
    await page.getByText('Only what is painted may change.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText(/^Paint where the picture may change/).waitFor();
  });

  test('another method edits with its own options, says what is wrong with them, and is kept', async () => {
    const { page } = watched;
    const method = page.getByLabel('Method', { exact: true });
    const source = page.getByLabel('The picture shows');
    await method.selectOption('instruct-pix2pix');
    await page.getByLabel('What should be done with it').waitFor();
    await source.waitFor({ state: 'detached' });
    await method.selectOption('csd');
    await page.getByLabel('It should not show').waitFor();
    await method.selectOption('dds');
    await page.getByText('Delta Denoising Score.').waitFor();
    await page.getByText('Words that the mask looks at').waitFor({ state: 'detached' });
    await setOption(page, 'Strength and length', 'num-steps', '2');
    await setOption(page, 'Strength and length', 'guidance-scale', '5');
    await setOption(page, 'Draws', 'threshold', '0.5');
    await untilStatus(page, /threshold counts where filter is on; set filter too, or omit it\.$/);
    expect(await page.getByLabel('threshold', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    await setOption(page, 'Draws', 'threshold', '0.01');
    await start(page);
    await untilStatus(page, /^Done, 2 steps\.$/);
    await page.getByRole('img', { name: /^std, now std 0?\d*\.\d+$/ }).waitFor();
    const settings = JSON.parse(readPngText(await downloadResult(page), 'lusd') ?? '');
    expect(settings).toMatchObject({ settings: { method: 'dds', options: { numSteps: 2 } } });
    expect(await accessibilityFaults(page)).toEqual([]);
    await method.selectOption('sdedit');
    await setOption(page, 'Strength and length', 'num-steps', '4');
    await setOption(page, 'Strength and length', 'strength', '0.5');
    await start(page);
    await untilStatus(page, /^Done, 2 steps\.$/);
    await page.getByRole('img', { name: /^timestep, now/ }).waitFor();
    expect(await page.getByRole('img', { name: /^std/ }).count()).toBe(0);
    await method.selectOption('lusd');
    await page.getByRole('button', { name: 'heart', exact: true, pressed: true }).waitFor();
    expect(await page.getByLabel('num-steps', { exact: true }).inputValue()).toBe(String(NUM_STEPS));
  });

  test('weights are downloaded over a connection that fails, kept, opened and deleted', async () => {
    const { page } = watched;
    const protocol = await page.context().newCDPSession(page);
    const origin = site.address.replace(/\/$/, '');
    const download = page.getByRole('button', { name: 'Download', exact: true });
    await protocol.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 });
    site.cuts.set('unet/diffusion_pytorch_model.safetensors', 2_000_000);
    await page.getByText('Download from the hub').click();
    await page.getByLabel('name', { exact: true }).fill('org/shapes');
    await page.getByLabel('hub', { exact: true }).fill(`${site.address}hub`);
    await download.click();
    await page
      .getByRole('alert')
      .filter({ hasText: /the weights need 0\.0 GB, but the browser gives this page/ })
      .waitFor();
    await protocol.send('Storage.overrideQuotaForOrigin', { origin });
    await page.getByRole('button', { name: 'Put this message away' }).last().click();
    await download.click();
    const kept = page.getByRole('list', { name: 'Weights that this browser keeps' });
    await kept.getByRole('button', { name: 'Open' }).click({ timeout: 60_000 });
    expect(site.downloads.find((line) => /^unet\/.* from \d+$/.test(line))).toBeDefined();
    await page.getByText(/^org\/shapes|shapes in this page/).waitFor({ timeout: 60_000 });
    await page.reload();
    await page.getByRole('button', { name: 'Delete org/shapes' }).click({ timeout: 60_000 });
    await kept.waitFor({ state: 'detached' });
    // The connection that was cut is an error of the console, and wanted here.
    watched.errors.splice(
      0,
      watched.errors.length,
      ...watched.errors.filter((text) => !/net::ERR_/.test(text)),
    );
  });

  test('weights of a folder of one’s own are opened, with a VAE of one’s own', async () => {
    const { page } = watched;
    const folder = join(mkdtempSync(join(tmpdir(), 'lusd-studio-')), 'my-weights');
    cpSync(SHAPES, folder, { recursive: true });
    await page.locator('input[webkitdirectory]').first().setInputFiles(folder);
    await page.getByText(/^my-weights in this page/).waitFor({ timeout: 60_000 });
    await page.getByText('How they are opened').click();
    // Another model's weights are no VAE; without them all is as it was.
    const unet = join(SHAPES, 'unet/diffusion_pytorch_model.safetensors');
    await page.locator('input[aria-label="Choose a vae file"]').setInputFiles(unet);
    await page
      .getByRole('alert')
      .filter({ hasText: /diffusion_pytorch_model\.safetensors/ })
      .waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Without' }).click();
    await page.getByText(/^my-weights in this page/).waitFor({ timeout: 60_000 });
    await page.locator('input[aria-label="Choose a vae folder"]').setInputFiles(join(SHAPES, 'vae'));
    await page.getByRole('button', { name: 'Without' }).waitFor();
    await page.getByText(/^my-weights in this page/).waitFor({ timeout: 60_000 });
    rmSync(dirname(folder), { recursive: true });
  });

  test('a GPU that is lost ends the edit in words, and the next edit opens it again', async () => {
    const context = await browser.newContext();
    const { page } = await openWatched(context, site.address);
    await page.getByRole('button', { name: /a yellow heart at sea/ }).click();
    await setOption(page, 'Strength and length', 'num-steps', '50');
    await start(page);
    await untilStatus(page, /^Step [2-9] of 50/);
    // It does not answer: what would answer is what crashes.
    void (await browser.newBrowserCDPSession()).send('Browser.crashGpuProcess');
    await untilStatus(page, /device was lost.*; what was made is kept; start again/);
    await page.getByLabel('num-steps', { exact: true }).fill('1');
    await page.getByLabel('num-steps', { exact: true }).blur();
    await start(page);
    await untilStatus(page, /^Done, 1 step/);
    await context.close();
  });

  test.each(['light', 'dark'] as const)(
    'axe finds nothing, in %s colours, at 390 and 1280 pixels',
    async (colorScheme) => {
      for (const width of [390, 1280]) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
        const other = await openWatched(context, site.address);
        watchedPages.push(other);
        const { page } = other;
        expect(await accessibilityFaults(page)).toEqual([]);
        await page.getByRole('button', { name: /a yellow heart at sea/ }).click();
        for (const summary of await page.locator('summary').all()) await summary.click();
        await page
          .getByRole('button', { name: 'heart', exact: true, pressed: true })
          .waitFor({ timeout: 60_000 });
        expect(await accessibilityFaults(page)).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        await page.getByRole('button', { name: 'Guide' }).click();
        expect(await accessibilityFaults(page)).toEqual([]);
        await context.close();
      }
    },
  );

  test('nothing was reported on the console, and nothing asked of another origin', () => {
    for (const { errors, foreign } of watchedPages)
      expect({ errors, foreign }).toEqual({ errors: [], foreign: [] });
  });
});
