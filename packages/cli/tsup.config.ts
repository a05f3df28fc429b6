import { cp } from 'node:fs/promises';
import { defineConfig } from 'tsup';

const WEIGHTS = new URL('../../weights/', import.meta.url);

export default defineConfig([
  {
    entry: ['src/main.ts'],
    format: 'esm',
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    // But for what the other build writes.
    clean: ['!report/**'],
    // The manifests, and the small model where it was trained.
    onSuccess: async () => {
      await cp(WEIGHTS, new URL('./dist/weights/', import.meta.url), { recursive: true });
    },
  },
  {
    // The code of the pages that `lusd report` writes, which it puts into them.
    entry: ['src/report/client/main.ts', 'src/report/client/style.css'],
    outDir: 'dist/report',
    format: 'iife',
    target: 'es2022',
    platform: 'browser',
    tsconfig: 'src/report/client/tsconfig.json',
    minify: true,
    clean: true,
    outExtension: () => ({ js: '.js' }),
  },
]);
