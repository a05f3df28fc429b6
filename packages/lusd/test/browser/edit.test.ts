import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { diskFolder } from '@lusd/sd-models/node';
import { expectAllClose } from '@lusd/testing/allClose';
import { Browser, findChromium } from '@lusd/testing/browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EditedShapes, editShapes } from './editShapes.ts';
import { type BuiltSite, buildSite, type Chunk, type Site, serveSite, WEIGHTS } from './site.ts';

/** What only Node has: vite puts an empty module in its place. */
const OF_NODE = /^node:|__vite-browser-external|node_modules\/(?:webgpu|sharp|pngjs|undici)\//;
/** Bytes that a page may have to load at once, and with the vocabulary and the tagger, which are loaded when needed. */
const MOST_BYTES = { atOnce: 700_000, inAll: 4_000_000 };

const executable = await findChromium();
if (!executable) console.warn('edits in a browser are left out: the packaged Chromium cannot start here');

let site: BuiltSite;
beforeAll(async () => {
  site = await buildSite();
});
afterAll(() => site[Symbol.dispose]());

/** The chunks that one of them loads before it runs, itself included. */
function loadedWith(first: Chunk): ReadonlySet<Chunk> {
  const loaded = new Set([first]);
  for (const { imports } of loaded)
    for (const chunk of site.chunks) if (imports.includes(chunk.fileName)) loaded.add(chunk);
  return loaded;
}

function sizeOf(chunks: Iterable<Chunk>): { bytes: number; gzipped: number } {
  const code = Array.from(chunks, (chunk) => chunk.code).join('');
  return { bytes: Buffer.byteLength(code), gzipped: gzipSync(code).length };
}

test('a bundle of the libraries holds nothing of Node, lacks nothing and is of a known size', () => {
  const modules = site.chunks.flatMap(({ moduleIds }) => moduleIds);
  for (const file of ['lusd/src/edit.ts', 'sd-models/dist/index.js', 'tensor/dist/index.js'])
    expect(modules.some((id) => id.endsWith(file))).toBe(true);
  expect(modules.filter((id) => OF_NODE.test(id))).toEqual([]);

  const names = new Set(site.chunks.map(({ fileName }) => fileName));
  const imported = site.chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  expect(imported.filter((name) => !names.has(name))).toEqual([]);

  const libraries = site.chunks.find(({ name, isEntry }) => isEntry && name === 'libraries');
  if (!libraries) throw new Error('the bundle has no libraries');
  const [atOnce, inAll] = [sizeOf(loadedWith(libraries)), sizeOf(site.chunks)];
  const shown = ({ bytes, gzipped }: typeof atOnce) => `${bytes} bytes (${gzipped} gzipped)`;
  console.log(`the libraries in a browser: ${shown(atOnce)} at once, ${shown(inAll)} in all`);
  expect(atOnce.bytes).toBeLessThan(MOST_BYTES.atOnce);
  expect(inAll.bytes).toBeLessThan(MOST_BYTES.inAll);
});

test.skipIf(!executable)(
  'edits on a page and in a worker have the pixels of the edit in Node',
  async () => {
    await using served: Site = await serveSite(site);
    await using _ = new Browser(executable!, served.address);
    const inNode: EditedShapes = await editShapes(diskFolder(join(WEIGHTS, 'shapes')), 'swiftshader');
    for (const place of ['page', 'worker'] as const) {
      const report = await served.reports[place];
      if ('error' in report) throw new Error(`${place}: ${report.error}`);
      expect(report.facts.architecture).toBe('swiftshader');
      expect([report.width, report.height]).toEqual([inNode.width, inNode.height]);
      expectAllClose(report.pixels, inNode.pixels, { atol: 1, rtol: 0, label: place });
    }
  },
  120_000,
);
