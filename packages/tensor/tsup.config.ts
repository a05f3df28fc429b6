import { defineConfig } from 'tsup';

export default defineConfig({
  // The two sides of `#platform` (package.json, imports) share their modules with the index.
  entry: { index: 'src/index.ts', node: 'src/node/platform.ts', browser: 'src/browser/platform.ts' },
  external: ['#platform'],
  format: 'esm',
  target: 'node20',
  platform: 'neutral',
  // Whoever installs the package gets WebGPU's global types with it.
  dts: { entry: { index: 'src/index.ts' }, banner: '/// <reference types="@webgpu/types" />' },
  sourcemap: true,
  clean: true,
});
