import { defineConfig } from 'vitest/config';
import { findLavapipe } from '../tensor/src/gpu/node/lavapipe.ts';

/** Tests of these files need no device and run once. */
const HOST_ONLY = [
  'test/{hub,image,tokenizer}/**/*.test.ts',
  'test/weights/!(load)*.test.ts',
  'test/**/config.test.ts',
];

/** Lavapipe where it is installed, and the packaged SwiftShader always: together they stand in for a GPU. */
const adapters = findLavapipe() ? ['lavapipe', 'swiftshader'] : ['swiftshader'];
const wanted = process.env.LUSD_ADAPTER?.split(',') ?? adapters;

// Dawn must run on the main thread of a process.
const shared = { pool: 'forks' as const, testTimeout: 300_000, hookTimeout: 60_000 };

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
