import { TorchCpuGenerator, tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { someOf } from '@lusd/testing/thorough';
import { describe, expect, test } from 'vitest';
import {
  cds,
  csd,
  dds,
  type Editor,
  LatentDraws,
  lusd,
  type Problem,
  sds,
  ssd,
  updateFactor,
} from '../../src/index.ts';
import '../support/device.ts';
import { SIDE, withGoldenRun } from '../support/distillationRun.ts';
import { planesOf } from '../support/goldenProblem.ts';
import { repeatsAll } from '../support/recordings.ts';
import { deviationOf } from '../support/stubDenoiser.ts';

const COUNT = 4 * SIDE * SIDE;
const words = async () => ({ indices: [5, 6], words: [], beyondContext: [] });

/** The latents at the end. */
async function run(editor: Editor, problem: Problem): Promise<Float32Array> {
  let last = new Float32Array();
  for await (const { latents } of editor.run(problem)) last = Float32Array.from(await planesOf(latents));
  return last;
}

/** As `run`, each with draws of its own from seed 0. */
function runs(editors: readonly Editor[], check: (results: readonly Float32Array[]) => void) {
  return withGoldenRun('dds', async ({ problem }) => {
    const results: Float32Array[] = [];
    for (const editor of editors) {
      const size = { height: SIDE, width: SIDE, channels: 4 };
      const draws = new LatentDraws(new TorchCpuGenerator(0), size, problem.source.device);
      results.push(await run(editor, { ...problem, draws, targetTokens: words }));
    }
    check(results);
  });
}

test('CSD with LUSD’s weights and all of its parts is LUSD', () => {
  const shared = { numSteps: 3, lr: 0.5, threshold: 0.05, regScale: 0.1, speed: 3, tMin: 50, tMax: 950 };
  const parts = { filter: true, maskAttention: true, regularise: true, normalise: true };
  const weights = { uncondScale: -1, nullScale: 0, weighting: 'uniform', reduction: 'mean' } as const;
  return runs([lusd(shared), csd({ ...shared, ...parts, ...weights })], ([byLusd, byCsd]) =>
    expectAllClose(byCsd!, byLusd!, { rtol: 1e-5 }),
  );
});

test.runIf(repeatsAll)(
  'the mask reads the UNet beside a method that reads it too, and changes nothing there',
  () =>
    // The first step has no mask.
    runs([cds({ numSteps: 1 }), cds({ numSteps: 1, maskAttention: true })], ([alone, masked]) =>
      expect(masked).toEqual(alone),
    ),
);

describe.each(someOf([dds, sds, ssd, cds] as const, 1))('LUSD’s parts on another method', (method) => {
  test('change its steps as they say', () =>
    withGoldenRun('dds', async ({ problem }) => {
      const options = { numSteps: 2, normalise: true, dsHigh: 0.3, maskAttention: true };
      const masks: boolean[] = [];
      for await (const step of method(options).run({ ...problem, targetTokens: words })) {
        masks.push(step.facts.mask !== null);
        const scale = 0.01 + (0.3 - 0.01) / (1 + Math.exp([-5, 5][step.iteration]!));
        expect(deviationOf(await planesOf(step.direction!))).toBeCloseTo(scale, 5);
      }
      expect(masks).toEqual([false, true]);
    }));
});

test.runIf(repeatsAll)('a threshold that no gradient reaches is counted, and reported', () =>
  withGoldenRun('dds', async ({ problem }) => {
    const method = dds({ numSteps: 1, filter: true, threshold: 1e3, thresholdDecayRate: 0.1 });
    const steps: { readonly accepted: boolean; readonly threshold: number | undefined }[] = [];
    for await (const { accepted, facts } of method.run(problem))
      steps.push({ accepted, threshold: facts.threshold });
    expect(steps.length).toBeGreaterThan(2);
    expect(steps.map(({ accepted }) => accepted)).toEqual(steps.map((_, i) => i === steps.length - 1));
    for (const [i, { threshold }] of steps.entries()) expect(threshold! / 10 ** (3 - i)).toBeCloseTo(1, 6);
  }),
);

describe.runIf(repeatsAll)('the optimizers', () => {
  test("Adam's first step is the learning rate along the direction's signs, AdamW's decays besides", () => {
    const lr = 0.01;
    const shared = { numSteps: 1, lr } as const;
    const editors = (['sgd', 'adam', 'adamw'] as const).map((optimizer) => dds({ ...shared, optimizer }));
    return runs(editors, ([bySgd, byAdam, byAdamW]) => {
      const source = new TorchCpuGenerator(7).randn(COUNT);
      const signs = source.map((z, i) => Math.sign(z - bySgd![i]!));
      expectAllClose(
        byAdam!,
        source.map((z, i) => z - lr * signs[i]!),
        { rtol: 1e-3 },
      );
      expectAllClose(
        byAdamW!,
        source.map((z, i) => z * (1 - lr * 0.01) - lr * signs[i]!),
        { rtol: 1e-3 },
      );
    });
  });

  test('the sum is the mean by 2000 / (h w)', () =>
    runs(
      [dds({ numSteps: 2 }), dds({ numSteps: 2, reduction: 'sum', lr: 0.1 * updateFactor(SIDE, SIDE) })],
      ([mean, sum]) => expectAllClose(sum!, mean!, { rtol: 1e-6 }),
    ));

  test('the mask of the user holds for their steps', () =>
    withGoldenRun('dds', async ({ problem }) => {
      const weights = Float32Array.from({ length: SIDE * SIDE }, (_, i) => i % 2);
      using userMask = tensor(weights, { shape: [1, SIDE, SIDE, 1] });
      const result = await run(dds({ numSteps: 2, optimizer: 'adamw', lr: 0.1 }), { ...problem, userMask });
      const source = new TorchCpuGenerator(7).randn(COUNT);
      for (const [i, z] of result.entries()) {
        const isOpen = weights[i % (SIDE * SIDE)] === 1;
        expect(z === source[i]).toBe(!isOpen);
      }
    }));
});
