import { type Lpips, lpipsPixels } from '@lusd/sd-models';
import { inference } from '@lusd/tensor';
import { Batcher } from './batcher.ts';
import type { MetricModels } from './models.ts';
import type { Picture } from './picture.ts';
import { readRows } from './readRows.ts';

/** Distances kept: several of each edit of a benchmark. */
const KEPT = 4096;

/** LPIPS of one pair at a time, since the maps of a pair of 512 x 512 take 70 MB; each pair is computed once. */
export function lpipsDistance(model: Lpips): MetricModels['lpips'] {
  const distances = new Batcher<readonly [a: Picture, b: Picture], number>({
    key: ([a, b]) => `${a.key} ${b.key}`,
    run: ([pair]) => distanceOf(model, pair!),
    batchSize: 1,
    kept: KEPT,
  });
  return { distance: (a, b) => distances.get([a, b]) };
}

async function distanceOf(model: Lpips, [a, b]: readonly [Picture, Picture]): Promise<number[]> {
  using first = lpipsPixels([a], model.device);
  using second = lpipsPixels([b], model.device);
  const [distance] = await readRows(
    'LPIPS',
    inference(() => model.distance(first, second)),
  );
  return [distance![0]!];
}
