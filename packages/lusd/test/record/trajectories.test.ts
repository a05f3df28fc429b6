import { encodeSafetensors, openSafetensors, toFloat32, toInt32 } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { edit, lusd, TrajectoryRecorder } from '../../src/index.ts';
import '../support/device.ts';
import { type GoldenRun, readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { repeatsAll } from '../support/recordings.ts';

const CASES = ['trajectories/accept_all', 'trajectories/retries'];

interface LusdCase {
  readonly config: {
    readonly seed: number;
    readonly source_prompt: string;
    readonly target_prompt: string;
    readonly target_index: readonly number[];
    readonly iters: number;
    readonly threshold: number;
  };
  readonly log: readonly {
    readonly step: number;
    readonly attempt: number;
    readonly std: number;
    readonly timestep: number;
    readonly threshold: number;
    readonly accepted: boolean;
  }[];
}

/** Runs the recorded edit from its seed alone and gives back what the recorder wrote. */
async function rerun(name: string, { record: { config }, tensors: recorded }: GoldenRun<LusdCase>) {
  using pipeline = await goldenPipeline(name);
  const record = new TrajectoryRecorder();
  const run = edit(
    pipeline,
    {
      image: { width: 512, height: 512, data: Uint8Array.from(recorded.get('image')!) },
      source: config.source_prompt,
      target: config.target_prompt,
      targetTokens: { indices: config.target_index },
    },
    lusd({ numSteps: config.iters, threshold: config.threshold }),
    { draws: { seed: config.seed, rng: 'cpu' }, record },
  );
  const steps = [];
  for await (const { attempts, timestep, std } of run) steps.push({ attempts, timestep, std });
  return { steps, tensors: await readBack(record) };
}

async function readBack(recorder: TrajectoryRecorder): Promise<Map<string, Float32Array | Int32Array>> {
  const tensors = new Map<string, Float32Array | Int32Array>();
  await using file = await openSafetensors(new Blob([encodeSafetensors(recorder.tensors)]));
  for (const [key, { dtype }] of file.tensors) {
    const bytes = await file.read(key);
    tensors.set(key, dtype === 'F32' ? toFloat32(bytes, dtype) : toInt32(bytes, dtype));
  }
  return tensors;
}

/** Largest error allowed by the last part of a key, relative to the largest magnitude of the array. */
const TOLERANCE: Record<string, number> = {
  eps: 1e-6,
  e_t: 1e-4,
  A_cross: 1e-4,
  A_self: 1e-4,
  text_embeddings: 1e-4,
  z_source: 1e-4,
};
const ACCUMULATED = 1e-3;

// On SwiftShader one of these takes minutes; its kernels are those of the other tests.
describe.runIf(repeatsAll)("the released program's recorded runs, from the seed alone", () => {
  test.each(CASES)('%s', async (name) => {
    const golden = await readGolden<LusdCase>(name);
    const expected = golden.tensors;
    const { steps, tensors } = await rerun(name, golden);

    const accepted = golden.record.log.filter((entry) => entry.accepted);
    expect(steps.map((step) => step.timestep)).toEqual(accepted.map((entry) => entry.timestep));
    expect(steps.map((step) => step.attempts)).toEqual(accepted.map((entry) => entry.attempt + 1));
    expectAllClose(
      steps.map((step) => step.std),
      accepted.map((entry) => entry.std),
      { rtol: 1e-3 },
    );

    expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, values] of expected) {
      if (key === 'output') continue;
      const rtol = TOLERANCE[key.split('.').at(-1)!] ?? ACCUMULATED;
      expectAllClose(tensors.get(key)!, values, { rtol, label: key });
    }
    const actual = tensors.get('output')!;
    const worst = Array.from(expected.get('output')!, (v, i) => Math.abs(v - actual[i]!)).reduce((a, b) =>
      Math.max(a, b),
    );
    expect(worst).toBeLessThanOrEqual(1);
  });
});
