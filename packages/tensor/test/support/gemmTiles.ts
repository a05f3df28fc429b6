import { afterAll, beforeAll, describe } from 'vitest';
import { forceGemmTile, type GemmTile } from '../../src/gpu/tuning.ts';

const TILES: Readonly<Record<string, GemmTile | null>> = {
  "the adapter's own tile": null,
  // As on a GPU, but small: it compiles fast on a CPU, and little sizes have several tiles.
  'a shared tile': { kind: 'shared', rows: 16, columns: 16, depth: 8, threadRows: 4, threadColumns: 4 },
};

/** The tests that `body` declares, once for either way to compute a matrix product. */
export function describeGemmTiles(body: () => Promise<void>): void {
  describe.each(Object.entries(TILES))('%s', async (_, tile) => {
    beforeAll(() => forceGemmTile(tile));
    afterAll(() => forceGemmTile(null));
    await body();
  });
}
