import { isThorough } from '@lusd/testing/thorough';
import { describe, expect, test } from 'vitest';
import { type CompiledKernel, compileFamily } from '../../src/isa/compileFamily.ts';
import { FAMILIES } from '../../src/isa/families.ts';
import { placeOf, spills } from '../../src/isa/report.ts';
import { NullGpu } from '../../src/nullGpu.ts';

const SETUP_MS = 600_000;

/** The null GPU, or why it cannot be set up here. */
async function setUp(): Promise<NullGpu | string> {
  try {
    return await NullGpu.setUp();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a matrix operation may wait for, in a kernel's hottest block: loads of this many bytes a lane. */
const LOAD_BYTES = 16;
const LOADS: Readonly<Record<string, number>> = { attention: 4, attentionMap: 4, attentionStatistics: 4 };
const MOST_LOADS = 2;
/** Subgroups of 32 that a SIMD must have room for, to hide what they wait for. */
const LEAST_SUBGROUPS = 6;
/** Of RDNA 3.5, which has two thirds of RDNA 3's registers. */
const LEAST_SUBGROUPS_STRIX = 4;
/** Multiply-adds of f32 that are issued two at once. Mesa 26 unrolls their loop; Mesa 25.0.7 did not, and paired 94 %. */
const LEAST_DUAL = 0.83;

function expectFedMatrixUnits(kernel: CompiledKernel, leastSubgroups: number): void {
  const { hottest, site, subgroupsPerSimd } = kernel;
  if (hottest.matrix === 0) return;
  const perOperation = (count: number) => count / hottest.matrix;
  const name = `${site.kernel}, ${placeOf(kernel)}`;
  expect(perOperation(hottest.localLoadBytes / LOAD_BYTES), `${name}: loads`).toBeLessThanOrEqual(
    LOADS[site.kernel] ?? MOST_LOADS,
  );
  expect(perOperation(hottest.conversions), `${name}: conversions`).toBeLessThanOrEqual(1);
  expect(hottest.scalarHalfLoads, `${name}: loads of one half`).toBe(0);
  expect(subgroupsPerSimd, `${name}: subgroups`).toBeGreaterThanOrEqual(leastSubgroups);
}

const MULTIPLYING = ['linear', 'conv2d', 'attentionMap', 'attentionStatistics'];

/** Products of f16 in matrix units; those of f32 issued two at once. */
function expectMatrixUnits(kernels: readonly CompiledKernel[]): void {
  for (const kernel of kernels.filter(({ site }) => MULTIPLYING.includes(site.kernel))) {
    const { hottest, site } = kernel;
    const name = `${site.kernel}, ${placeOf(kernel)}`;
    if (site.part !== 'f32') expect(hottest.matrix, `${name}: matrix operations`).toBeGreaterThan(0);
    else
      expect(hottest.dualMultiplyAdds / hottest.multiplyAdds, `${name}: dual issue`).toBeGreaterThanOrEqual(
        LEAST_DUAL,
      );
  }
}

// Compiling takes about 3 s a family.
describe.runIf(isThorough)('the kernels of a full-size edit, compiled by Mesa for AMD GPUs', () => {
  test.for(FAMILIES)('on $name none spills', { timeout: SETUP_MS }, async (family, { skip }) => {
    const nullGpu = await setUp();
    if (typeof nullGpu === 'string') return skip(nullGpu);
    const { kernels, matrixUnit } = await compileFamily(family, nullGpu);
    const names = new Set(kernels.map(({ site }) => site.kernel));
    for (const name of [...MULTIPLYING, 'attention', 'matmul', 'layerNorm', 'groupNormSilu', 'softmax'])
      expect(names).toContain(name);
    expect(new Set(kernels.map(({ site }) => site.part))).toEqual(
      new Set(['weights', 'text encoder', 'VAE', 'UNet', 'edit', 'f32']),
    );
    expect(matrixUnit).toEqual(family.matrixCycles === null ? null : { m: 16, n: 16, k: 16 });
    const leastSubgroups = family.name === 'strix1' ? LEAST_SUBGROUPS_STRIX : LEAST_SUBGROUPS;
    for (const kernel of kernels) expectFedMatrixUnits(kernel, leastSubgroups);
    if (family.matrixCycles !== null) expectMatrixUnits(kernels);
    const spilling = kernels.filter(spills).map((kernel) => `${kernel.site.kernel}, ${placeOf(kernel)}`);
    expect(spilling).toEqual([]);
  });
});
