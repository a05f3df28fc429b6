import { afterAll, beforeAll, describe } from 'vitest';
import type { TuningOverride } from '../../src/index.ts';
import { device } from './device.ts';

const TILES: Readonly<Record<string, TuningOverride>> = {
  "the adapter's own tile": {},
  // As on a GPU, but small: it compiles fast on a CPU, and little sizes have several tiles.
  'a shared tile': {
    gemmTile: { kind: 'shared', rows: 16, columns: 16, depth: 8, threadRows: 4, threadColumns: 4, pin: null },
  },
};

/** The tests that `body` declares, once for either way to compute a matrix product. */
export function describeGemmTiles(body: () => Promise<void>): void {
  describe.each(Object.entries(TILES))('%s', async (_, tuning) => {
    let override: Disposable;
    beforeAll(() => {
      override = device.tuning.override(tuning);
    });
    afterAll(() => override[Symbol.dispose]());
    await body();
  });
}
