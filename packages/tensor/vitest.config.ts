import { defineConfig } from 'vitest/config';
import { findLavapipe } from './src/gpu/node/lavapipe.ts';

/** Tests of these folders need no device and run once. */
const HOST_ONLY = ['test/safetensors/**/*.test.ts', 'test/random/torch*.test.ts', 'test/host/**/*.test.ts'];

/** Lavapipe where it is installed, and the packaged SwiftShader always: together they stand in for a GPU. */
const adapters = findLavapipe() ? ['lavapipe', 'swiftshader'] : ['swiftshader'];
const wanted = process.env.LUSD_ADAPTER?.split(',') ?? adapters;

// Dawn must run on the main thread of a process.
const shared = { pool: 'forks' as const, testTimeout: 120_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: 'host', include: HOST_ONLY } },
      ...wanted.map((adapter) => ({
        test: {
          ...shared,
          name: adapter,
          env: { LUSD_ADAPTER: adapter },
          include: ['test/**/*.test.ts'],
          exclude: HOST_ONLY,
          setupFiles: ['test/support/device.ts'],
        },
      })),
    ],
  },
});
