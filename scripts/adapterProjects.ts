import { findLavapipe } from '../packages/tensor/src/node/vulkan.ts';

const LONG = ['test/**/*.long.test.ts'];
// Dawn must run on the main thread of a process.
const SHARED = { pool: 'forks' as const, testTimeout: 300_000, hookTimeout: 60_000 };

/**
 * Vitest projects of a package: tests that need no device run once, all others on software adapters, which stand in
 * for a GPU. `npm test` takes the first of lavapipe and the packaged SwiftShader that is there; `npm run test:all`
 * (vitest's mode `all`) takes both. LUSD_ADAPTER=lavapipe,swiftshader,auto chooses adapters by name.
 *
 * @param isolate whether each file has its own process and device; else the files of a process share its modules and
 *   its device, whose kernels are compiled once. Default: only where every test is run
 */
export function adapterProjects(hostOnly: string[], mode: string, { isolate = mode === 'all' } = {}) {
  const onDevice = adapters(mode === 'all').map((adapter) =>
    onAdapter(adapter, mode, isolate, ['test/**/*.test.ts'], [...hostOnly, ...LONG]),
  );
  const env = { LUSD_TESTS: mode };
  return [{ test: { ...SHARED, name: 'host', env, include: hostOnly } }, ...onDevice];
}

/** The tests of `npm run test:long`, which take minutes, on the first adapter. */
export function longProjects() {
  return adapters(false).map((adapter) => onAdapter(adapter, 'all', true, LONG, []));
}

function adapters(every: boolean): string[] {
  const found = findLavapipe() ? ['lavapipe', 'swiftshader'] : ['swiftshader'];
  return process.env.LUSD_ADAPTER?.split(',') ?? (every ? found : found.slice(0, 1));
}

function onAdapter(adapter: string, mode: string, isolate: boolean, include: string[], exclude: string[]) {
  const env = { LUSD_ADAPTER: adapter, LUSD_TESTS: mode };
  return {
    test: {
      ...SHARED,
      name: adapter,
      env,
      isolate,
      include,
      exclude,
      setupFiles: ['test/support/device.ts'],
    },
  };
}
