import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAllClose } from '@lusd/testing/allClose';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { gemmKey, gemmPlans } from '../../src/gpu/gemmTuning.ts';
import { Tuning } from '../../src/gpu/tuning.ts';
import { linears, matmul, randn, scope } from '../../src/index.ts';
import { recallProducts, rememberProducts } from '../../src/tune/tunedProducts.ts';
import { tuneProducts } from '../../src/tune/tuneProducts.ts';
import { device } from '../support/device.ts';

const SIZES = [
  { m: 70, n: 40, k: 600, batch: 1, halves: false },
  { m: 33, n: 90, k: 64, batch: 1, halves: false },
  { m: 5, n: 12, k: 600, batch: 3, halves: false },
] as const;

// Several tiles to choose from, as on a GPU.
const asGpu = () =>
  device.tuning.override({ facts: { software: false, vendor: 'a vendor', matrixUnit: null } });

const folder = mkdtempSync(join(tmpdir(), 'lusd-tune-'));

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(() => {
  vi.unstubAllEnvs();
  device.tuning.useMeasured(new Map(), '');
});

test('every way to compute each product is measured, and the fastest taken into use', async () => {
  const products = () =>
    scope(() => {
      for (const { m, n, k, batch } of SIZES) {
        const weights = () => Array.from({ length: batch }, () => ({ weight: randn([k, n]), bias: null }));
        for (const _ of [0, 1])
          if (batch > 1) linears(randn([m, k]), weights());
          else matmul(randn([m, k]), randn([k, n]));
      }
    });
  const progress: string[] = [];
  const plans = (() => {
    using _ = asGpu();
    return SIZES.map((size) => gemmPlans(device.tuning.facts, size));
  })();
  const ways = Math.max(...plans.map(({ length }) => length));
  expect(ways).toBeGreaterThan(2);
  const { products: tuned, file } = await (async () => {
    using _ = asGpu();
    return await tuneProducts(device, products, {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
  })();
  expect(progress.at(-1)).toBe(`${ways}/${ways}`);
  expect(file).toBe(join(folder, 'lusd', 'tuned-products.json'));
  expect(tuned.map(({ size }) => size)).toEqual(SIZES);
  for (const [i, { plan, milliseconds, estimatedMilliseconds, count, flops }] of tuned.entries()) {
    expect(plans[i]).toContainEqual(plan);
    expect(count).toBe(2);
    expect(flops).toBe(2 * SIZES[i]!.m * SIZES[i]!.n * SIZES[i]!.k * SIZES[i]!.batch);
    expect(milliseconds).toBeGreaterThan(0);
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
  device.tuning.useMeasured(new Map([[gemmKey(size), plan]]), '2026-01-01');
  expect(device.tuning.gemm(size)).toBe(plan);
  expect(device.tuning.gemm(SIZES[1])).toEqual(own);
  expectAllClose(await product(), expected, { rtol: 1e-4, atol: 1e-3, label: 'product' });
});

describe('what was measured', () => {
  const [size, other] = SIZES;
  const date = '2026-01-01';
  const file = join(folder, 'lusd', 'tuned-products.json');
  const planned = () => gemmPlans(device.tuning.facts, size).at(-1)!;

  test('is used by later processes, and kept when other sizes are measured', async () => {
    using _ = asGpu();
    await rememberProducts(device, [{ size, plan: planned() }], date);
    await rememberProducts(device, [{ size: other, plan: gemmPlans(device.tuning.facts, other)[0] }], date);
    const tuning = new Tuning(device.tuning.facts, 32768);
    await recallProducts({ facts: device.facts, tuning });
    expect(tuning.gemm(size)).toEqual(planned());
    expect(tuning.description).toBe(
      `tiles for other GPUs; ${SIZES.length} products as measured here on 2026-01-01`,
    );
  });

  test.each([
    [
      'a plan that this version does not know',
      (text: string) => text.replace(/"splits": \d+/, '"splits": 77'),
    ],
    [
      'another adapter',
      (text: string) => text.replace('llvmpipe', 'another').replace('SwiftShader', 'another'),
    ],
    ['a file cut short', (text: string) => text.slice(0, -20)],
    ['another kind of file', () => '[1, null]'],
    ['an entry of another kind', () => JSON.stringify({ [JSON.stringify(device.facts)]: null })],
  ])('is not used of %s', async (_, edited) => {
    using __ = asGpu();
    rmSync(file, { force: true });
    await rememberProducts(device, [{ size, plan: planned() }], date);
    writeFileSync(file, edited(readFileSync(file, 'utf8')));
    const tuning = new Tuning(device.tuning.facts, 32768);
    await recallProducts({ facts: device.facts, tuning });
    expect(tuning.description).toBe('tiles for other GPUs');
    expect(tuning.gemm(size)).toEqual(gemmPlans(device.tuning.facts, size)[0]);
  });
});
