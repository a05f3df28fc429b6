/** Makes the picture of docs/report.md: the page that `lusd demo` writes, in Chromium. `npm run docs:pictures` */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findChromium } from '@lusd/testing/browser';
import { launchBrowser, openWatched } from '@lusd/testing/drivenBrowser';

const LUSD = fileURLToPath(new URL('../packages/cli/bin/lusd.js', import.meta.url));
const PICTURE = fileURLToPath(new URL('../docs/pictures/report.png', import.meta.url));

const executable = await findChromium();
if (executable === null)
  throw new Error('the packaged Chromium cannot start here; install what it needs (libnss3)');
const folder = mkdtempSync(join(tmpdir(), 'lusd-report-'));
execFileSync('node', [LUSD, 'demo', '--output', folder], { stdio: 'inherit' });
const browser = await launchBrowser(executable);
const context = await browser.newContext({ viewport: { width: 1200, height: 830 } });
const { page } = await openWatched(context, pathToFileURL(join(folder, 'index.html')).href);
await page.evaluate(`(() => {
  document.querySelector('article').scrollIntoView();
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
})()`);
await page.screenshot({ path: PICTURE });
await browser.close();
rmSync(folder, { recursive: true });
console.log(PICTURE);
