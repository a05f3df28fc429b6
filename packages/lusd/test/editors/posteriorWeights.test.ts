import { NoiseSchedule, parseSchedulerConfig } from '@lusd/sd-models';
import { expect, test } from 'vitest';
import { posteriorWeights } from '../../src/editors/pds.ts';
import { goldenFolder, readJson } from '../support/goldenFiles.ts';

const SD1 = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };
const schedule = new NoiseSchedule(parseSchedulerConfig(SD1));

interface PdsCase {
  readonly coefficients: readonly { readonly t: number; readonly psi: number; readonly chi: number }[];
}

// From the released class's scheduler.
test("the weights are the released program's", () => {
  const { coefficients } = readJson<PdsCase>(new URL('case.json', goldenFolder('editors/pds')));
  expect(coefficients.map(({ t }) => t)).toEqual([21, 101, 501, 979]);
  for (const { t, ...expected } of coefficients) {
    const { psi, chi } = posteriorWeights(schedule, t, t - 2, false);
    expect(psi / expected.psi).toBeCloseTo(1, 4);
    expect(chi / expected.chi).toBeCloseTo(1, 4);
  }
});

test('with the whole beta they follow from the posterior of one step from t to t prime', () => {
  const [t, before] = [501, 499];
  const { psi, chi } = posteriorWeights(schedule, t, before, true);
  const [abar, abarBefore] = [schedule.alphaCumprod(t), schedule.alphaCumprod(before)];
  // q(x_t' | x_t, x_0) of DDPM (arXiv 2006.11239, equation 7), whose step has alpha = abar_t / abar_t'.
  const alpha = abar / abarBefore;
  const deviation = Math.sqrt(((1 - abarBefore) / (1 - abar)) * (1 - alpha));
  const ofOriginal = (Math.sqrt(abarBefore) * (1 - alpha)) / (1 - abar);
  const ofNoisy = (Math.sqrt(alpha) * (1 - abarBefore)) / (1 - abar);
  // The mean is taken at x_0 = (x_t - sigma e) / alpha_t; noise z_t' = (x_t' - mean) / deviation, x_t' and x_t of one x_0.
  expect(psi).toBeCloseTo((Math.sqrt(abarBefore) - ofOriginal - ofNoisy * Math.sqrt(abar)) / deviation, 10);
  expect(chi).toBeCloseTo((ofOriginal * Math.sqrt((1 - abar) / abar)) / deviation, 10);
});
