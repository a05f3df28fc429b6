import { cp } from 'node:fs/promises';
import { defineConfig } from 'tsup';

const WEIGHTS = new URL('../../weights/', import.meta.url);

export default defineConfig({
  entry: ['src/main.ts'],
  format: 'esm',
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  // The manifests, and the small model where it was trained.
  onSuccess: async () => {
    await cp(WEIGHTS, new URL('./dist/weights/', import.meta.url), { recursive: true });
  },
});
