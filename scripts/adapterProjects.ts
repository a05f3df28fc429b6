import { findLavapipe } from '../packages/tensor/src/node/vulkan.ts';

type Coverage = 'every' | 'first';

const LONG = ['test/**/*.long.test.ts'];
// Dawn must run on the main thread of a process.
const SHARED = { pool: 'forks' as const, testTimeout: 300_000, hookTimeout: 60_000 };

/**
 * Vitest projects of a package: tests that need no device run once, all others on software adapters, which stand in
 * for a GPU: lavapipe where it is installed and the packaged SwiftShader, or with `coverage` 'first' only the first of
 * them that is there. LUSD_ADAPTER=lavapipe,swiftshader,auto chooses adapters by name.
 */
export function adapterProjects(hostOnly: string[], coverage: Coverage = 'every') {
  const onDevice = adapters(coverage).map((adapter) =>
    onAdapter(adapter, ['test/**/*.test.ts'], [...hostOnly, ...LONG]),
  );
  return [{ test: { ...SHARED, name: 'host', include: hostOnly } }, ...onDevice];
}

/** The tests of `npm run test:long`, which take minutes, on the first adapter. */
export function longProjects() {
  return adapters('first').map((adapter) => onAdapter(adapter, LONG, []));
}

function adapters(coverage: Coverage): string[] {
  const every = findLavapipe() ? ['lavapipe', 'swiftshader'] : ['swiftshader'];
  return process.env.LUSD_ADAPTER?.split(',') ?? (coverage === 'every' ? every : every.slice(0, 1));
}

function onAdapter(adapter: string, include: string[], exclude: string[]) {
  const env = { LUSD_ADAPTER: adapter };
  return {
    test: { ...SHARED, name: adapter, env, include, exclude, setupFiles: ['test/support/device.ts'] },
  };
}
