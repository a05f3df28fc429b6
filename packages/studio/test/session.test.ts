import { METHOD_NAMES, METHODS } from '@lusd/lusd';
import { describe, expect, test, vi } from 'vitest';
import { settingsOfText, settingsText } from '../src/page/history/pngSettings.ts';
import { advanced, newRun, paceOf } from '../src/page/state/run.ts';
import {
  DEFAULT_SETTINGS,
  decodeEvent,
  type EditEvent,
  encodeEvent,
  parseSettings,
  RunControl,
  readSettings,
  usesWords,
} from '../src/session/index.ts';
import { optionProblem } from '../src/session/method.ts';

describe('settings', () => {
  test('what is left out has its default, and the text of a PNG file gives them back', () => {
    const settings = parseSettings({ target: 'a cup of matcha', seed: 7, options: { lr: 0.5 } });
    expect(settings.options).toEqual({ ...DEFAULT_SETTINGS.options, lr: 0.5 });
    expect(settingsOfText(settingsText({ settings, weights: 'shapes' }))).toEqual(settings);
  });

  test.each([
    [{ sed: 1 }, /^sed is not a setting of an edit$/],
    [{ seed: -1 }, /^seed must be at least 0$/],
    [{ rng: 'mps' }, /^rng must be 'cuda' or 'cpu'$/],
    [{ method: 'sdxl' }, /^method must be one of lusd, sds, dds, /],
    [{ options: { lr: null } }, /^options\.lr must be a number, true or false, /],
    [{ options: { lr: '1' } }, /option lr must be a number, but is "1"/],
    [{ method: 'dds', options: { directionScale: false } }, /directionScale is not an option of dds/],
    [{ method: 'dds', options: { threshold: 1 } }, /threshold counts where filter is on/],
    [{ options: { numSteps: 0 } }, /numSteps must be at least 1, but is 0/],
    [{ options: { nonsense: 1 } }, /nonsense is not an option/],
  ])('%j is refused by name', (input, says) => {
    expect(() => parseSettings(input)).toThrow(says);
  });

  test('what names no method is of LUSD, and another method has its own defaults', () => {
    const before = JSON.stringify({ version: 1, settings: { target: 'x', options: { numSteps: 7 } } });
    expect(settingsOfText(before)).toMatchObject({ method: 'lusd', options: { numSteps: 7, dsHigh: 0.15 } });
    const { options } = parseSettings({ method: 'sdedit', options: { strength: 0.5 } });
    expect(options).toEqual({ ...METHODS.sdedit.defaults, strength: 0.5 });
  });

  test.each(METHOD_NAMES)('the text of a PNG file gives back those of %s', (method) => {
    const settings = parseSettings({ method, negative: 'a cup', seed: 7 });
    expect(settingsOfText(settingsText({ settings, weights: 'shapes' }))).toEqual(settings);
  });

  test('words are looked at by LUSD, and by others where their switch says so', () => {
    const { options } = parseSettings({ method: 'dds', options: { maskAttention: true } });
    expect(usesWords({ method: 'dds', options })).toBe(true);
    expect(usesWords(parseSettings({ method: 'dds' }))).toBe(false);
    // While a number is typed that cannot be used.
    const wrong = { method: 'lusd', options: { numSteps: 0 } } as const;
    expect(usesWords(wrong)).toBe(true);
    expect(optionProblem(wrong)).toMatchObject({ option: 'numSteps' });
    expect(optionProblem({ method: 'lusd', options: {} })).toBeNull();
  });

  test.each([
    ['as they are', { target: 'x', method: 'dds', seed: 3 }, { target: 'x', method: 'dds', seed: 3 }],
    ['without a setting of later', { target: 'x', steps: 3 }, { target: 'x' }],
    [
      'without a method of later',
      { target: 'x', method: 'flux', options: { a: 1 } },
      { target: 'x', method: 'lusd' },
    ],
    ['without options of later', { method: 'dds', options: { a: 1 } }, { method: 'dds' }],
    [
      'but for a value that cannot be used',
      { target: 'x', seed: -1, fit: 'pad' },
      { target: 'x', fit: 'pad' },
    ],
  ])('what another version stored is read %s', (_, stored, kept) => {
    expect(readSettings(stored)).toEqual(parseSettings(kept));
  });

  test('a text of a later version is refused', () => {
    expect(() => settingsOfText('{"version":2,"settings":{}}')).toThrow(
      /of version 2, but this page reads 1/,
    );
  });
});

test('events come through a line of JSON as they were, bytes and all', () => {
  const data = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
  const events: EditEvent[] = [
    { kind: 'step', iteration: 3, attempts: 2, timestep: 305, std: 0.123, threshold: 0.1, seconds: 1.5 },
    { kind: 'preview', iteration: 3, image: { width: 200, height: 100, data }, mask: null },
    { kind: 'done', image: { width: 1, height: 1, data: new Uint8Array([1, 2, 3]) }, trajectory: data },
    { kind: 'failed', failure: { kind: 'memory', message: 'the device is out of memory' } },
  ];
  for (const event of events) {
    const line = encodeEvent(event);
    expect(line).not.toContain('\n');
    expect(decodeEvent(line)).toEqual(event);
  }
});

test('bytes become the same text in a browser, which has no Buffer', () => {
  const data = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251).subarray(1);
  const event: EditEvent = {
    kind: 'preview',
    iteration: 0,
    image: { width: 1, height: 1, data },
    mask: null,
  };
  const line = encodeEvent(event);
  vi.stubGlobal('Buffer', undefined);
  try {
    expect(encodeEvent(event)).toBe(line);
  } finally {
    vi.unstubAllGlobals();
  }
});

test('a trajectory that is too large for a text is refused in words, and not by the end of the server', () => {
  const image = { width: 1, height: 1, data: new Uint8Array(3) };
  const event: EditEvent = { kind: 'done', image, trajectory: new Uint8Array(410_000_000) };
  expect(() => encodeEvent(event)).toThrow(/has 410 MB, and a page can be sent 380 MB; record fewer steps/);
});

describe('control', () => {
  test('a pause holds a run until it goes on', async () => {
    const control = new RunControl();
    control.pause();
    let hasPassed = false;
    const passing = control.pass().then(() => {
      hasPassed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(hasPassed).toBe(false);
    control.resume();
    await passing;
    await control.pass();
  });

  test('a stop ends a run, a paused one too', async () => {
    const control = new RunControl();
    control.pause();
    const passing = control.pass();
    control.stop();
    await expect(passing).rejects.toThrow('the edit was stopped');
    expect(control.isPaused).toBe(false);
  });
});

test('the pace is that of the last steps, without the first, which compiles kernels', () => {
  let run = newRun('id', 10);
  const step = (iteration: number, seconds: number): EditEvent => ({
    ...{ kind: 'step', iteration, seconds, attempts: 1, timestep: 500, std: 0.2, threshold: 0.1 },
  });
  for (const [i, seconds] of [20, 21].entries()) run = advanced(run, step(i, seconds));
  expect(paceOf(run)).toBeNull();
  for (const [i, seconds] of [21.5, 22].entries()) run = advanced(run, step(i + 2, seconds));
  expect(paceOf(run)).toEqual({ rate: 2, left: 3 });
});
