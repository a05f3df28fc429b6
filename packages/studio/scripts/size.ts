/** Says how large the built page is, without weights, and fails if it is too large. `npm run size -w packages/studio` */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const PAGE = fileURLToPath(new URL('../dist/page/', import.meta.url));
/** Bytes of page and engine, compressed. */
const MOST = 600_000;
/** CLIP's vocabulary, loaded for weights that have none of their own. */
const DATA = /^assets\/clipMerges-/;

interface Size {
  readonly file: string;
  readonly bytes: number;
  readonly gzip: number;
  readonly brotli: number;
}

const files = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.(?:html|js|css|svg)$/.test(file),
);
const sizes: Size[] = files.map((file) => {
  const content = readFileSync(PAGE + file);
  const brotli = brotliCompressSync(content).length;
  return { file, bytes: content.length, gzip: gzipSync(content, { level: 9 }).length, brotli };
});
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
for (const { file, bytes, gzip, brotli } of sizes)
  console.log(`${file}: ${kilobytes(bytes)}, ${kilobytes(gzip)} with gzip, ${kilobytes(brotli)} with brotli`);
const total = (part: 'gzip' | 'brotli', of: readonly Size[]) => of.reduce((sum, size) => sum + size[part], 0);
const atOnce = sizes.filter(({ file }) => !DATA.test(file));
console.log(
  `page, engine and tagger: ${kilobytes(total('gzip', atOnce))} with gzip, ${kilobytes(total('brotli', atOnce))} with brotli`,
);
console.log(
  `with CLIP's vocabulary, for weights that have none: ${kilobytes(total('gzip', sizes))} with gzip, ${kilobytes(total('brotli', sizes))} with brotli`,
);
if (total('gzip', atOnce) > MOST) throw new Error(`the page is larger than ${kilobytes(MOST)}`);
