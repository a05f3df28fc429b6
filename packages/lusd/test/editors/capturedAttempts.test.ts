import { type Tensor, TorchCpuGenerator } from '@lusd/tensor';
import { someOf } from '@lusd/testing/thorough';
import { expect, test } from 'vitest';
import {
  csd,
  type Denoiser,
  dds,
  type Editor,
  LatentDraws,
  lusd,
  type Problem,
  pds,
  sds,
  ssd,
} from '../../src/index.ts';
import { device } from '../support/device.ts';
import { SIDE, withGoldenRun } from '../support/distillationRun.ts';

const NUM_STEPS = 3;
/** No first draw is taken. */
const strict = { threshold: 1e3, thresholdDecayRate: 1e-6 };
const parts = { filter: true, maskAttention: true, regularise: true, normalise: true, ...strict };
const METHODS: readonly (readonly [name: string, editor: Editor])[] = [
  ['lusd', lusd({ numSteps: NUM_STEPS, ...strict })],
  [
    'csd with all parts',
    csd({ numSteps: NUM_STEPS, ...parts, uncondScale: 0, uncondScaleEnd: -1, scaleSteps: 2 }),
  ],
  ['sds by AdamW', sds({ numSteps: NUM_STEPS, weighting: 'sds', optimizer: 'adamw' })],
  ['dds with a mask', dds({ numSteps: NUM_STEPS, maskAttention: true })],
  ['pds', pds({ numSteps: NUM_STEPS, regularise: true })],
  ['ssd', ssd({ numSteps: NUM_STEPS, freeU: false })],
];

/** Everything about every attempt, and how many there were. */
async function attemptsOf(editor: Editor, problem: Problem): Promise<unknown[]> {
  const size = { height: SIDE, width: SIDE, channels: 4 };
  const draws = new LatentDraws(new TorchCpuGenerator(0), size, device);
  const targetTokens = async () => ({ indices: [5, 6], words: [], beyondContext: [] });
  const attempts: unknown[] = [];
  for await (const step of editor.run({ ...problem, draws, targetTokens })) {
    const { iteration, attempt, timestep, noise, before, latents, direction, facts } = step;
    const values = async (tensor: Tensor | null | undefined) => tensor && (await tensor.data('f32'));
    const tensors: (Tensor | null | undefined)[] = [noise, before, latents, direction];
    tensors.push(facts.gradient, facts.mask, facts.maps?.cross, facts.maps?.self);
    attempts.push({
      iteration,
      attempt,
      timestep,
      std: facts.std,
      tensors: await Promise.all(tensors.map(values)),
    });
  }
  return attempts;
}

test.each(someOf(METHODS, 2))('%s takes the same attempts bit by bit, captured and run', (_, editor) =>
  withGoldenRun('dds', async ({ problem }) => {
    const { denoiser } = problem;
    const running: Denoiser = { predict: (...asked) => denoiser.predict(...asked) };
    const run = await attemptsOf(editor, { ...problem, denoiser: running });
    expect(await attemptsOf(editor, problem)).toEqual(run);
    expect(run.length).toBeGreaterThanOrEqual(NUM_STEPS);
  }),
);

test('predictions in a captured step count as often as it is called', () =>
  withGoldenRun('dds', async ({ problem }) => {
    const { denoiser } = problem;
    let predictions = 0;
    const predict: Denoiser['predict'] = (...asked) => {
      predictions++;
      return denoiser.predict(...asked);
    };
    const counting: Denoiser = { predict, capture: (step) => denoiser.capture!(step) };
    const run = await attemptsOf(sds({ numSteps: NUM_STEPS }), { ...problem, denoiser: counting });
    expect(run).toHaveLength(NUM_STEPS);
    expect(predictions).toBe(2);
  }));
