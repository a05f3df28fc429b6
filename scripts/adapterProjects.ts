import { findLavapipe } from '../packages/tensor/src/gpu/node/lavapipe.ts';

/**
 * Vitest projects of a package: tests that need no device run once, all others on software adapters, which stand in
 * for a GPU: lavapipe where it is installed and the packaged SwiftShader, or with `coverage` 'first' only the first of
 * them that is there. LUSD_ADAPTER=lavapipe,swiftshader,auto chooses adapters by name.
 */
export function adapterProjects(hostOnly: string[], coverage: 'every' | 'first' = 'every') {
  const every = findLavapipe() ? ['lavapipe', 'swiftshader'] : ['swiftshader'];
  const found = coverage === 'every' ? every : every.slice(0, 1);
  const adapters = process.env.LUSD_ADAPTER?.split(',') ?? found;
  // Dawn must run on the main thread of a process.
  const shared = { pool: 'forks' as const, testTimeout: 300_000, hookTimeout: 60_000 };
  const onAdapter = (adapter: string) => ({
    ...shared,
    name: adapter,
    env: { LUSD_ADAPTER: adapter },
    include: ['test/**/*.test.ts'],
    exclude: hostOnly,
    setupFiles: ['test/support/device.ts'],
  });
  return [{ ...shared, name: 'host', include: hostOnly }, ...adapters.map(onAdapter)].map((test) => ({
    test,
  }));
}
