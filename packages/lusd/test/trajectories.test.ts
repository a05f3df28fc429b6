import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, toFloat32, toInt32 } from '@lusd/tensor';
import { describe, expect, test } from 'vitest';
import { expectAllClose } from '../../tensor/test/support/allClose.ts';
import { edit, TrajectoryRecorder } from '../src/index.ts';
import './support/device.ts';
import { type GoldenCase, goldenCase, goldenPipeline, goldenTensors } from './support/goldenTrajectory.ts';

const CASES = ['accept_all', 'retries'];

/** Runs the recorded edit from its seed alone and gives back what the recorder wrote. */
async function rerun(name: string, { config }: GoldenCase, pixels: Int32Array | Float32Array) {
  using pipeline = goldenPipeline(name);
  const recorder = new TrajectoryRecorder();
  const run = await edit(pipeline, {
    image: { width: 512, height: 512, data: Uint8Array.from(pixels) },
    source: config.source_prompt,
    target: config.target_prompt,
    targetTokens: { indices: config.target_index },
    numSteps: config.iters,
    threshold: config.threshold,
    seed: config.seed,
    rng: 'cpu',
    recorder,
  });
  const steps = [];
  for await (const step of run)
    steps.push({ attempts: step.attempts, timestep: step.timestep, std: step.std });
  const folder = mkdtempSync(join(tmpdir(), 'lusd-trajectory-'));
  try {
    const path = join(folder, 'trajectory.safetensors');
    await recorder.write(path);
    await using file = await openSafetensors(path);
    const tensors = new Map<string, Float32Array | Int32Array>();
    for (const [key, { dtype }] of file.tensors) {
      const bytes = await file.read(key);
      tensors.set(key, dtype === 'F32' ? toFloat32(bytes, dtype) : toInt32(bytes, dtype));
    }
    return { steps, tensors };
  } finally {
    rmSync(folder, { recursive: true });
  }
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
describe.runIf(process.env.LUSD_ADAPTER !== 'swiftshader')(
  "the released program's recorded runs, from the seed alone",
  () => {
    test.each(CASES)('%s', async (name) => {
      const golden = goldenCase(name);
      const expected = await goldenTensors(name);
      const { steps, tensors } = await rerun(name, golden, expected.get('image')!);

      const accepted = golden.log.filter((entry) => entry.accepted);
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
  },
);
