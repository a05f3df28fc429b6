import { defineConfig } from 'tsup';

export default defineConfig({
  // The two sides of `#platform` (package.json, imports) share their modules with the index.
  entry: {
    index: 'src/index.ts',
    check: 'src/check/index.ts',
    wgsl: 'src/wgsl.ts',
    'node/index': 'src/node/index.ts',
    node: 'src/node/platform.ts',
    browser: 'src/browser/platform.ts',
  },
  external: ['#platform'],
  format: 'esm',
  target: 'node20',
  platform: 'neutral',
  sourcemap: true,
  clean: true,
});
