/** Makes the picture of docs/report.md: the page that `lusd demo` writes, in Chromium. `npm run docs:pictures` */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findChromium } from '@lusd/testing/browser';
import { BrowserPage } from '@lusd/testing/browserPage';

const LUSD = fileURLToPath(new URL('../packages/cli/bin/lusd.js', import.meta.url));
const PICTURE = fileURLToPath(new URL('../docs/pictures/report.png', import.meta.url));
const [WIDTH, HEIGHT] = [1200, 830];

const executable = await findChromium();
if (executable === null)
  throw new Error('the packaged Chromium cannot start here; install what it needs (libnss3)');
const folder = mkdtempSync(join(tmpdir(), 'lusd-report-'));
execFileSync('node', [LUSD, 'demo', '--output', folder], { stdio: 'inherit' });
await using page = await BrowserPage.start(executable, WIDTH, HEIGHT);
await page.open(pathToFileURL(join(folder, 'index.html')).href);
await page.evaluate(`(() => {
  document.documentElement.style.scrollbarWidth = 'none';
  document.querySelector('article').scrollIntoView();
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
})()`);
writeFileSync(PICTURE, await page.screenshot());
rmSync(folder, { recursive: true });
console.log(PICTURE);
