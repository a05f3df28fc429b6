import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  test: { testTimeout: 300_000, hookTimeout: 300_000, maxWorkers: 1, env: { LUSD_TESTS: mode } },
}));
