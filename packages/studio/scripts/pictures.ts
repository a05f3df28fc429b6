/** Makes the pictures of docs/studio.md: an edit that has ended, at two widths. `npm run docs:pictures -w packages/studio` */
import { fileURLToPath } from 'node:url';
import { findChromium } from '@lusd/testing/browser';
import { launchBrowser, openWatched, type Page } from '@lusd/testing/drivenBrowser';
import { start, untilStatus } from '../test/browser/person.ts';
import { serveStudio } from '../test/browser/site.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));

async function shoot(page: Page, width: number, height: number, name: string): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${FOLDER}${name}.png` });
  console.log(`docs/pictures/${name}.png`);
}

const executable = await findChromium();
if (!executable) throw new Error('the packaged Chromium cannot start here; install libnss3');
await using site = await serveStudio();
const browser = await launchBrowser(executable);
const { page } = await openWatched(
  await browser.newContext({ viewport: { width: 1280, height: 900 } }),
  site.address,
);
await page.getByRole('button', { name: /a yellow heart at sea/ }).click();
await start(page);
await untilStatus(page, /^Done/, 300_000);
await page.getByLabel(/^Before and after/).fill('42');
await shoot(page, 1280, 900, 'studio-1280');
await shoot(page, 390, 844, 'studio-390');
await page.emulateMedia({ colorScheme: 'dark' });
await shoot(page, 390, 844, 'studio-dark-390');
await browser.close();
