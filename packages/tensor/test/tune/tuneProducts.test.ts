import { expectAllClose } from '@lusd/testing/allClose';
import { afterEach, expect, test } from 'vitest';
import { gemmKey, gemmPlans } from '../../src/gpu/gemmTuning.ts';
import { matmul, randn, scope } from '../../src/index.ts';
import { tuneProducts } from '../../src/tune/tuneProducts.ts';
import { device } from '../support/device.ts';

const SIZES = [
  { m: 70, n: 40, k: 600, batch: 1, halves: false },
  { m: 33, n: 90, k: 64, batch: 1, halves: false },
] as const;

// Several tiles to choose from, as on a GPU.
const asGpu = () =>
  device.tuning.override({ facts: { software: false, vendor: 'a vendor', matrixUnit: null } });

afterEach(() => {
  device.tuning.useMeasured(new Map());
});

test('every way to compute each product is measured, and the fastest taken into use', async () => {
  const products = () =>
    scope(() => {
      for (const { m, n, k } of SIZES) for (const _ of [0, 1]) matmul(randn([m, k]), randn([k, n]));
    });
  const progress: string[] = [];
  const plans = (() => {
    using _ = asGpu();
    return SIZES.map((size) => gemmPlans(device.tuning.facts, size));
  })();
  const ways = Math.max(...plans.map(({ length }) => length));
  expect(ways).toBeGreaterThan(2);
  const tuned = await (async () => {
    using _ = asGpu();
    return await tuneProducts(device, products, {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
  })();
  expect(progress.at(-1)).toBe(`${ways}/${ways}`);
  expect(tuned.map(({ key }) => key)).toEqual(SIZES.map(gemmKey));
  for (const [i, { plan, milliseconds, estimatedMilliseconds, count, flops }] of tuned.entries()) {
    expect(plans[i]).toContainEqual(plan);
    expect(count).toBe(2);
    expect(flops).toBe(2 * SIZES[i]!.m * SIZES[i]!.n * SIZES[i]!.k);
    expect(milliseconds).toBeLessThanOrEqual(estimatedMilliseconds);
  }
  expect(device.tuning.gemm(SIZES[0])).toEqual(tuned[0]!.plan);
});

test('a measured plan gives the same result, and none of another size', async () => {
  const [size] = SIZES;
  using a = randn([size.m, size.k]);
  using b = randn([size.k, size.n]);
  const product = async () => {
    using y = matmul(a, b);
    return await y.data('f32');
  };
  const expected = await product();
  const own = device.tuning.gemm(SIZES[1]);
  const tile = {
    kind: 'shared',
    rows: 16,
    columns: 16,
    depth: 8,
    threadRows: 4,
    threadColumns: 4,
    pin: null,
  } as const;
  const plan = { tile, splits: 3, transposed: false };
  device.tuning.useMeasured(new Map([[gemmKey(size), plan]]));
  expect(device.tuning.gemm(size)).toBe(plan);
  expect(device.tuning.gemm(SIZES[1])).toEqual(own);
  expectAllClose(await product(), expected, { rtol: 1e-4, atol: 1e-3, label: 'product' });
});
