import { scope, type Tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { isThorough } from '@lusd/testing/thorough';
import { expect, test } from 'vitest';
import { identityNoise } from '../../src/editors/ids.ts';
import { cds, ids, LusdError, type State, updateFactor } from '../../src/index.ts';
import { device } from '../support/device.ts';
import {
  type DistillationGolden,
  latentsOf,
  recordedPatches,
  SIDE,
  withGoldenRun,
} from '../support/distillationRun.ts';
import { planesOf } from '../support/goldenProblem.ts';
import { repeatsAll } from '../support/recordings.ts';
import { StubDenoiser } from '../support/stubDenoiser.ts';

/** The first step of a recorded run. */
function firstState({ tensors, problem }: DistillationGolden, noise: Tensor): State {
  const timestep = tensors.get('s0.timestep')![0]!;
  return { ...problem, iteration: 0, attempt: 0, latents: problem.source, draw: { timestep, noise } };
}

test("CDS's contrastive gradient is the released program's", () =>
  withGoldenRun('cds', async (golden) => {
    const { tensors, problem } = golden;
    const alone = { numSteps: 1, ddsWeight: 0 };
    for await (const { direction } of cds(alone, () => recordedPatches(golden)).run(problem)) {
      const gradient = (await planesOf(direction!)).map((d) => d * updateFactor(SIDE, SIDE));
      expectAllClose(gradient, tensors.get('s0.grad_cut')!, { rtol: 1e-4, label: 's0.grad_cut' });
    }
  }));

test.runIf(repeatsAll)("IDS's distances and noise are the released program's", () =>
  withGoldenRun('ids', async (golden) => {
    const { tensors } = golden;
    using noise = latentsOf(tensors.get('s0.eps')!);
    const distances: Tensor[] = [];
    using refined = scope(() => {
      const collect = (distance: Tensor) => void distances.push(distance.reshape([1]));
      const own = identityNoise(firstState(golden, noise), ids().options, collect);
      return { own, distances };
    }).own;
    expect(distances).toHaveLength(3);
    const norms = await Promise.all(distances.map((distance) => distance.item()));
    expectAllClose(norms, tensors.get('s0.fpr_norms')!, { rtol: 1e-4, label: 'norms' });
    expectAllClose(await planesOf(refined), tensors.get('s0.eps_star')!, { rtol: 1e-4, label: 'eps*' });
    for (const distance of distances) distance.dispose();
  }),
);

test.skipIf(!isThorough)('nothing of a run with gradients stays on the device', () =>
  withGoldenRun('cds', async ({ problem }) => {
    const run = async () => {
      for await (const _ of cds({ numSteps: 2 }).run(problem));
    };
    // The denoiser captures its call at the second step.
    await run();
    const { liveBuffers } = device.memory();
    await run();
    expect(device.memory().liveBuffers).toBe(liveBuffers);
  }),
);

test.each([
  ['cds', cds],
  ['ids', ids],
])('%s refuses a denoiser without gradients by name', (name, method) =>
  withGoldenRun('cds', async ({ problem }) => {
    const run = () => method().run({ ...problem, denoiser: new StubDenoiser(() => 1) });
    expect(run).toThrow(LusdError);
    expect(run).toThrow(`${name} needs gradients through the model`);
  }),
);
