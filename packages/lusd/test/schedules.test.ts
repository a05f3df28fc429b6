import { readFileSync } from 'node:fs';
import { parseSchedulerConfig } from '@lusd/sd-models';
import { describe, expect, test } from 'vitest';
import { NoiseSchedule } from '../src/noise.ts';
import {
  type DirectionScaleOptions,
  directionScaleSchedule,
  narrowingSchedule,
  updateFactor,
} from '../src/schedules.ts';

interface Case extends DirectionScaleOptions {
  numSteps: number;
  narrowing: number[];
  directionScale: number[];
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('fixtures/schedules.json', import.meta.url), 'utf8'),
) as Case[];

function expectClose(actual: Float64Array, expected: number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 14);
  });
}

describe("numpy's schedules", () => {
  test.each(cases)('of $numSteps steps, $dsHigh to $dsLow, speed $speed', (known) => {
    expectClose(narrowingSchedule(known.numSteps), known.narrowing);
    expectClose(directionScaleSchedule(known.numSteps, known), known.directionScale);
  });
});

test("the released program's numbers", () => {
  const scale = directionScaleSchedule(300, { dsHigh: 0.15, dsLow: 0.01, speed: 5 });
  expect(scale[0]).toBeCloseTo(0.149063, 6);
  expect(scale[149]).toBeCloseTo(0.080585, 6);
  expect(scale[299]).toBeCloseTo(0.010937, 6);
  expect(scale.reduce((sum, value) => sum + value)).toBeCloseTo(24, 9);
  expect(updateFactor(64, 64)).toBe(0.48828125);
});

test.each([
  [50, 0.975488, 0.220052],
  [948, 0.091837, 0.995774],
])('alpha and sigma at t = %i are those of the released program', (timestep, alpha, sigma) => {
  const noise = new NoiseSchedule(
    parseSchedulerConfig({ beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' }),
  );
  expect(noise.alpha(timestep)).toBeCloseTo(alpha, 5);
  expect(noise.sigma(timestep)).toBeCloseTo(sigma, 5);
});
