import { describe, expect, test } from 'vitest';
import { dds, type LusdOptions, lusd, OptionError, sds } from '../../src/index.ts';
import { timestepRange } from '../../src/options.ts';

test("the defaults are the released program's", () => {
  expect(lusd().options).toEqual({
    numSteps: 300,
    lr: 1,
    regScale: 0.02,
    tMin: 50,
    tMax: 950,
    dsHigh: 0.15,
    dsLow: 0.01,
    speed: 5,
    threshold: 0.01,
    thresholdDecayRate: 0.99,
    crossAttnMomentum: 0.1,
    directionScale: true,
  });
});

test('what is given replaces its default only', () => {
  const { options } = lusd({ numSteps: 10, regScale: 1, directionScale: false });
  expect(options).toEqual({ ...lusd().options, numSteps: 10, regScale: 1, directionScale: false });
});

test('timesteps end one before tMax, or before the last training step', () => {
  expect(timestepRange({ tMin: 50, tMax: 950 }, 1000)).toEqual({ low: 50, high: 949 });
  expect(timestepRange({ tMin: 50, tMax: 1200 }, 1000)).toEqual({ low: 50, high: 999 });
});

describe('an error names the option and what is wrong with it', () => {
  test.each<[unknown, string, string]>([
    [{ numSteps: 0 }, 'numSteps', 'must be at least 1, but is 0'],
    [{ numSteps: 1.5 }, 'numSteps', 'must be an integer, but is 1.5'],
    [{ lr: '1' }, 'lr', 'must be a number, but is "1"'],
    [{ lr: Number.NaN }, 'lr', 'must be a number, but is NaN'],
    [{ speed: Number.POSITIVE_INFINITY }, 'speed', 'must be finite, but is Infinity'],
    [{ regScale: 1.1 }, 'regScale', 'must be at most 1, but is 1.1'],
    [{ tMin: -1 }, 'tMin', 'must be at least 0, but is -1'],
    [
      { thresholdDecayRate: 1 },
      'thresholdDecayRate',
      'must be less than 1, or an iteration might never end, but is 1',
    ],
    [{ directionScale: 1 }, 'directionScale', 'must be true or false, but is 1'],
    [{ steps: 3 }, 'steps', 'is not an option of lusd'],
    [null, 'lusd', 'must be an object, but is null'],
    [{ tMin: 949 }, 'tMin', 'must be less than 949, since timesteps end at 950, but is 949'],
  ])('%o', (input, option, reason) => {
    const parse = () => lusd(input as Partial<LusdOptions>);
    expect(parse).toThrow(OptionError);
    expect(parse).toThrow(expect.objectContaining({ option, reason, message: `option ${option} ${reason}` }));
  });

  test('the last range that holds a timestep is accepted', () => {
    expect(lusd({ tMin: 948 }).options.tMin).toBe(948);
  });

  test.each([dds, sds])('so do the other methods', (method) => {
    expect(method().options).toMatchObject({
      numSteps: 200,
      lr: 0.1,
      guidanceScale: 7.5,
      tMin: 50,
      tMax: 950,
    });
    expect(() => method({ guidanceScale: Number.NaN })).toThrow(/option guidanceScale must be a number/);
  });
});
