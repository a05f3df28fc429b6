import { describe, expect, test } from 'vitest';
import { OptionError } from '../src/errors.ts';
import { type EditOptions, parseEditOptions, timestepLimit } from '../src/options.ts';

test("the defaults are the released program's", () => {
  expect(parseEditOptions()).toEqual({
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
    saveStep: 30,
  });
});

test('what is given replaces its default only', () => {
  const options = parseEditOptions({ numSteps: 10, regScale: 1, directionScale: false });
  expect(options).toEqual({ ...parseEditOptions(), numSteps: 10, regScale: 1, directionScale: false });
});

test('timesteps end one before tMax, or before the last training step', () => {
  expect(timestepLimit(950)).toBe(949);
  expect(timestepLimit(1200)).toBe(999);
});

describe('one sentence names what is wrong', () => {
  test.each<[unknown, string]>([
    [{ numSteps: 0 }, 'option numSteps must be at least 1, but is 0'],
    [{ numSteps: 1.5 }, 'option numSteps must be an integer, but is 1.5'],
    [{ lr: '1' }, 'option lr must be a number, but is "1"'],
    [{ lr: Number.NaN }, 'option lr must be a number, but is NaN'],
    [{ speed: Number.POSITIVE_INFINITY }, 'option speed must be finite, but is Infinity'],
    [{ regScale: 1.1 }, 'option regScale must be at most 1, but is 1.1'],
    [{ tMin: -1 }, 'option tMin must be at least 0, but is -1'],
    [
      { thresholdDecayRate: 1 },
      'option thresholdDecayRate must be less than 1, or an iteration might never end, but is 1',
    ],
    [{ directionScale: 1 }, 'option directionScale must be true or false, but is 1'],
    [{ steps: 3 }, 'steps is not an option of an edit'],
    [null, "the edit's options must be an object, but are null"],
    [{ tMin: 949 }, 'option tMin must be less than 949, the end of the range that tMax leaves, but is 949'],
  ])('%o', (input, message) => {
    const parse = () => parseEditOptions(input as Partial<EditOptions>);
    expect(parse).toThrow(OptionError);
    expect(parse).toThrow(new OptionError(message));
  });

  test('the last range that holds a timestep is accepted', () => {
    expect(parseEditOptions({ tMin: 948 }).tMin).toBe(948);
  });
});
