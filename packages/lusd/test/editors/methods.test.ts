import { describe, expect, test } from 'vitest';
import { METHOD_NAMES, METHOD_OPTIONS, METHODS, OptionError } from '../../src/index.ts';

describe.each(METHOD_NAMES)('%s', (name) => {
  const { defaults, make } = METHODS[name];

  test('is made under its name, with the defaults that are listed', () => {
    const editor = make();
    expect(editor.name).toBe(name);
    const known = Object.entries(defaults).filter(([, value]) => value !== undefined);
    expect(editor.options).toEqual(Object.fromEntries(known));
  });

  test('has all its options in the table, and takes each as it is listed', () => {
    const own = METHOD_OPTIONS.filter((option) => name in option.defaults);
    expect(own.map((option) => option.name).sort()).toEqual(Object.keys(defaults).sort());
    for (const option of own) {
      expect(option.defaults[name]).toBe(defaults[option.name] ?? null);
      for (const choice of option.choices ?? []) make({ [option.name]: choice });
    }
  });

  test('names an option that it does not have', () => {
    expect(() => make({ nonsense: 1 })).toThrow(new OptionError('nonsense', `is not an option of ${name}`));
  });
});

test('flags are named like the options, and no two alike', () => {
  for (const { name, flags } of METHOD_OPTIONS) {
    const dashed = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    expect([`--${dashed}`, `--no-${dashed}`]).toContain(flags.split(' ')[0]);
  }
});

test.each([
  [{ threshold: 0.1 }, /option threshold counts where filter is on/],
  [{ crossAttnMomentum: 0.5 }, /option crossAttnMomentum counts where maskAttention is on/],
  [{ regScale: 0.5 }, /option regScale counts where regularise is on/],
  [{ normalise: false, speed: 1 }, /option speed counts where normalise is on/],
  [{ optimizer: 'lion' }, /option optimizer must be 'sgd', 'adam' or 'adamw', but is "lion"/],
])('%o is refused', (options, says) => {
  expect(() => METHODS.dds.make(options)).toThrow(says);
});

test('the values of a part may be given where it is on, and its defaults always', () => {
  const options = { filter: true, threshold: 0.1, thresholdDecayRate: 0.5 };
  expect(METHODS.dds.make(options).options).toMatchObject(options);
  expect(METHODS.dds.make({ ...METHODS.dds.defaults }).options).toEqual(METHODS.dds.make().options);
});

test.each(['pds', 'ssd'] as const)('%s names a share of timesteps that holds none', (name) => {
  expect(() => METHODS[name].make({ minStepRatio: 0.5, maxStepRatio: 0.5 })).toThrow(
    /option minStepRatio must be less than maxStepRatio, which is 0.5, but is 0.5/,
  );
});
