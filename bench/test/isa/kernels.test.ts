import { isThorough } from '@lusd/testing/thorough';
import { describe, expect, test } from 'vitest';
import { compileFamily } from '../../src/isa/compileFamily.ts';
import { FAMILIES } from '../../src/isa/families.ts';
import { NullGpu } from '../../src/isa/nullGpu.ts';
import { placeOf, spills } from '../../src/isa/report.ts';

const SETUP_MS = 600_000;

/** The null GPU, or why it cannot be set up here. */
async function setUp(): Promise<NullGpu | string> {
  try {
    return await NullGpu.setUp();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

// Compiling takes about 3 s a family.
describe.runIf(isThorough)('the kernels of a full-size edit, compiled by Mesa for AMD GPUs', () => {
  test.for(FAMILIES)('on $name none spills', { timeout: SETUP_MS }, async (family, { skip }) => {
    const nullGpu = await setUp();
    if (typeof nullGpu === 'string') return skip(nullGpu);
    const { kernels, matrixUnit } = await compileFamily(family, nullGpu);
    const names = new Set(kernels.map(({ site }) => site.kernel));
    for (const name of ['linear', 'conv2d', 'attention', 'matmul', 'layerNorm', 'groupNormSilu', 'softmax'])
      expect(names).toContain(name);
    expect(new Set(kernels.map(({ site }) => site.part))).toEqual(
      new Set(['weights', 'text encoder', 'VAE', 'UNet', 'edit', 'f32']),
    );
    expect(matrixUnit).toEqual(family.name === 'navi31' ? { m: 16, n: 16, k: 16 } : null);
    const spilling = kernels.filter(spills).map((kernel) => `${kernel.site.kernel}, ${placeOf(kernel)}`);
    expect(spilling).toEqual([]);
  });
});
