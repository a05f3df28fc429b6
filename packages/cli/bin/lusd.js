#!/usr/bin/env node
// npm links commands before anything is built, so what it links must not be a build product.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('lusd: it is not built yet; run `npm run build` first.\n');
  process.exitCode = 1;
}
