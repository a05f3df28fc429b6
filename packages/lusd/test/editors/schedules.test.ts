import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type DirectionScaleOptions,
  directionScaleSchedule,
  narrowingSchedule,
  updateFactor,
} from '../../src/editors/schedules.ts';

interface Case extends DirectionScaleOptions {
  numSteps: number;
  narrowing: number[];
  directionScale: number[];
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('../golden/schedules.json', import.meta.url), 'utf8'),
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
