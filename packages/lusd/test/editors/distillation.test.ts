import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { cds, csd, dds, type Editor, ids, pds, sds, ssd, updateFactor } from '../../src/index.ts';
import '../support/device.ts';
import { type DistillationGolden, recordedPatches, SIDE, withGoldenRun } from '../support/distillationRun.ts';
import { planesOf } from '../support/goldenProblem.ts';
import { recordingsOf } from '../support/recordings.ts';

const RTOL = 1e-4;

interface Recorded {
  readonly name: string;
  /** The method as it was run. */
  readonly editor: (golden: DistillationGolden) => Editor;
  /** The recorded gradient: its key, and how many times the direction it is. */
  readonly gradient: readonly [key: string, factor: number];
}

const KAPPA = updateFactor(SIDE, SIDE);
const guided = { numSteps: 3, lr: 0.1, guidanceScale: 7.5, tMin: 50, tMax: 950 };

// Recorded with the authors' own classes, on the small models of the trajectories.
const RECORDED: readonly Recorded[] = [
  { name: 'sds', editor: () => sds(guided), gradient: ['grad', KAPPA] },
  {
    name: 'csd',
    editor: () =>
      csd({
        ...{ numSteps: 3, lr: 0.5, tMax: 502, scaleSteps: 2 },
        ...{ uncondScale: -1, uncondScaleEnd: -0.5, nullScale: 0, nullScaleEnd: -0.5 },
      }),
    gradient: ['grad', 1],
  },
  { name: 'dds', editor: () => dds(guided), gradient: ['grad', KAPPA] },
  { name: 'cds', editor: (golden) => cds(guided, () => recordedPatches(golden)), gradient: ['grad', KAPPA] },
  { name: 'ids', editor: () => ids(guided), gradient: ['grad', KAPPA] },
  { name: 'pds', editor: () => pds({ numSteps: 3, lr: 0.02 }), gradient: ['direction', 1] },
  { name: 'ssd', editor: () => ssd({ numSteps: 3, lr: 0.02 }), gradient: ['grad', 1] },
];

describe.each(recordingsOf(RECORDED, 2))('$name', ({ name, editor, gradient: [key, factor] }) => {
  test('takes the steps of the released program, from the seed alone', () =>
    withGoldenRun(name, async (golden) => {
      const { tensors, record, problem } = golden;
      const close = (actual: Float32Array, name: string) =>
        expectAllClose(actual, tensors.get(name)!, { rtol: RTOL, label: name });
      let steps = 0;
      let last = new Float32Array();
      for await (const step of editor(golden).run(problem)) {
        const { iteration: k, timestep, noise, before, direction, latents } = step;
        expect(timestep).toBe(tensors.get(`s${k}.timestep`)![0]);
        close(await planesOf(noise!), `s${k}.eps`);
        close(await planesOf(before), `s${k}.z`);
        close(
          (await planesOf(direction!)).map((d) => d * factor),
          `s${k}.${key}`,
        );
        last = Float32Array.from(await planesOf(latents));
        steps++;
      }
      expect(steps).toBe(record.parameters.steps);
      close(last, 'z_final');
    }));
});
