import { defineConfig } from 'vitest/config';

// Every test runs the command in its own process, which is mostly waiting for one core.
export default defineConfig(({ mode }) => ({
  test: { testTimeout: 240_000, hookTimeout: 240_000, maxWorkers: 2, env: { LUSD_TESTS: mode } },
}));
