import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEMO_EDITS, draw } from '@lusd/lusd/shapes';
import { findChromium } from '@lusd/testing/browser';
import { launchBrowser, openWatched } from '@lusd/testing/drivenBrowser';
import { build, preview } from 'vite';
import { expect, test } from 'vitest';
import type { Report } from './library/page.ts';

const executable = await findChromium();
if (!executable)
  console.warn('the library in a browser is left out: the packaged Chromium cannot start here');
const root = fileURLToPath(new URL('./library', import.meta.url));
const WEIGHTS = fileURLToPath(new URL('../../../../weights', import.meta.url));

test.skipIf(!executable)(
  'a page that bundles the library edits in a worker, follows the edit and aborts it',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lusd-library-'));
    const site = {
      root,
      configFile: false,
      logLevel: 'error',
      worker: { format: 'es' },
      publicDir: WEIGHTS,
    } as const;
    await build({ ...site, build: { outDir: folder, emptyOutDir: true, target: 'es2022' } });
    const server = await preview({
      ...site,
      appType: 'mpa',
      build: { outDir: folder },
      preview: { port: 0, host: '127.0.0.1' },
    });
    const browser = await launchBrowser(executable!);
    try {
      const { page } = await openWatched(await browser.newContext(), server.resolvedUrls?.local[0] ?? '');
      const { kinds, width, pixels, abort } = await page.evaluate(() =>
        (globalThis as unknown as { editTwice(): Promise<Report> }).editTwice(),
      );
      // A preview at the first step and at the last, as every 5 steps asks for.
      expect(kinds).toEqual(['started', 'step', 'preview', 'step', 'preview', 'done']);
      expect(abort).toBe('enough');
      const before = draw(DEMO_EDITS[0]!.picture);
      expect(width).toBe(before.width);
      const differing = pixels.filter((value, i) => Math.abs(value - before.data[i]!) > 10).length;
      expect(differing).toBeGreaterThan(100);
    } finally {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true });
    }
  },
);
