import { defineConfig } from 'tsup';

// The libraries; the page is vite's, in dist/page.
export default defineConfig({
  entry: { index: 'src/index.ts', session: 'src/session/index.ts', worker: 'src/worker/main.ts' },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  dts: { entry: { index: 'src/index.ts', session: 'src/session/index.ts' } },
  sourcemap: true,
  clean: true,
});
