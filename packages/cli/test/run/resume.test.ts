import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { someOf } from '@lusd/testing/thorough';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Circumstances, lusdIn, type Outcome, SHAPES, temporaryFolder, thorough } from '../lusd.ts';
import { discFiles, filesOf, writeInput } from '../pictures.ts';

const folder = temporaryFolder();
const input = writeInput(join(folder, 'input'), discFiles(3));
const undisturbed = join(folder, 'undisturbed');

function run(output: string, circumstances: Circumstances = {}, ...flags: string[]): Outcome {
  const args = ['run', '--weights', SHAPES, '--size', '64', '--num-steps', '4', '--save-step', '2'];
  return lusdIn(circumstances, ...args, '--input-dir', input, '--output-dir', output, '--json', ...flags);
}

/** The jobs that were begun, and those that were left alone. */
function workOf({ events }: Outcome): { begun: unknown[]; skipped: readonly string[] } {
  const begun = events.filter(({ event }) => event === 'start').map(({ job }) => job);
  const skipped = events.find(({ event }) => event === 'skipped')?.jobs ?? [];
  return { begun, skipped };
}

function halfFiles(output: string): string[] {
  return Object.keys(filesOf(output)).filter((name) => name.endsWith('.tmp'));
}

beforeAll(() => {
  expect(run(undisturbed)).toMatchObject({ code: 0 });
});

test('an undisturbed run leaves results, what is kept of them, and nothing else', () => {
  const rows = ['000_seed0', '001_seed0', '002_seed0'];
  const files = rows.flatMap((row) => [
    `${row}.png`,
    ...['config.json', 'edit.json', 'mask.png', 'source.png'].map((name) => join('.cache', row, name)),
    ...['step_000.png', 'step_002.png', 'step_003.png'].map((name) => join('.cache', row, name)),
  ]);
  expect(Object.keys(filesOf(undisturbed)).sort()).toEqual(files.sort());
});

describe('a run that is stopped and started again', () => {
  const output = join(folder, 'disturbed');
  const step = (job: string) => `"step","job":"${job}","iteration":1`;

  // Each stop befalls the start after the one before it.
  const stops = [
    { when: 'before the first row', at: { STOP_AT_LINE: '"loading"' }, begun: [], skipped: [] },
    { when: 'within a row', at: { STOP_AT_LINE: step('000_seed0') }, begun: ['000_seed0'], skipped: [] },
    {
      when: 'before a result has its name',
      at: { STOP_BEFORE_FILE: '000_seed0.png' },
      begun: ['000_seed0'],
      skipped: [],
      leaves: 1,
    },
    {
      when: 'when a result has just got its name',
      at: { STOP_AFTER_FILE: '000_seed0.png' },
      begun: ['000_seed0'],
      skipped: [],
    },
    {
      when: 'between rows',
      at: { STOP_AT_LINE: '"done","job":"001_seed0"' },
      begun: ['001_seed0'],
      skipped: ['000_seed0'],
    },
    {
      when: 'within the last row',
      at: { STOP_AT_LINE: step('002_seed0') },
      begun: ['002_seed0'],
      skipped: ['000_seed0', '001_seed0'],
    },
  ];

  test.each(someOf(stops, 1))(
    'killed $when: no half file has a final name, and nothing is repeated',
    (stop) => {
      const outcome = run(output, { preload: 'stopAt', env: { STOP_SIGNAL: 'SIGKILL', ...stop.at } });
      expect(outcome.signal).toBe('SIGKILL');
      expect(workOf(outcome)).toEqual({ begun: stop.begun, skipped: stop.skipped });
      const whole = filesOf(undisturbed);
      for (const [name, content] of Object.entries(filesOf(output))) {
        if (name.endsWith('.png')) expect(content.equals(whole[name]!), name).toBe(true);
      }
      expect(halfFiles(output)).toHaveLength(stop.leaves ?? 0);
    },
  );

  test.each(
    someOf(
      [
        ['SIGINT', 130],
        ['SIGTERM', 143],
      ],
      1,
    ),
  )('%s within a row: it ends by itself, says how to go on, and leaves no half file', (signal, code) => {
    const env = { STOP_SIGNAL: signal, STOP_AT_LINE: step('002_seed0') };
    const outcome = run(output, { preload: 'stopAt', env });
    expect(outcome).toMatchObject({ code, stderr: '' });
    expect(outcome.events.at(-1)).toEqual({
      event: 'error',
      message: expect.stringMatching(/^stopped; .* start it again to continue$/),
    });
    expect(existsSync(join(output, '002_seed0.png'))).toBe(false);
    expect(halfFiles(output)).toEqual([]);
  });

  test('ends with every file of an undisturbed run, to the byte, and no other', () => {
    const last = run(output);
    expect(last.code).toBe(0);
    expect(workOf(last)).toEqual({ begun: ['002_seed0'], skipped: ['000_seed0', '001_seed0'] });
    expect(filesOf(output)).toEqual(filesOf(undisturbed));
  });

  test('once more does nothing, without loading the model', () => {
    const again = run(output);
    expect(again.code).toBe(0);
    expect(again.events.map(({ event }) => event)).toEqual(['skipped', 'summary']);
    expect(again.events[0]?.jobs).toEqual(['000_seed0', '001_seed0', '002_seed0']);
  });
});

thorough(
  'a result that is damaged, and one of another configuration, are made again; the earlier one stays till then',
  () => {
    const output = join(folder, 'other');
    cpSync(undisturbed, output, { recursive: true });
    const [first, second] = ['000_seed0.png', '001_seed0.png'];
    writeFileSync(join(output, first), 'cut off');
    const mended = run(output);
    expect(workOf(mended)).toEqual({ begun: ['000_seed0'], skipped: ['001_seed0', '002_seed0'] });
    expect(filesOf(output)).toEqual(filesOf(undisturbed));

    const killed = { STOP_SIGNAL: 'SIGKILL', STOP_BEFORE_FILE: second };
    const changed = run(output, { preload: 'stopAt', env: killed }, '--lr', '0.5');
    expect(changed.signal).toBe('SIGKILL');
    expect(workOf(changed)).toEqual({ begun: ['000_seed0', '001_seed0'], skipped: [] });
    const [before, after] = [filesOf(undisturbed), filesOf(output)];
    expect(after[first]!.equals(before[first]!)).toBe(false);
    expect(after[second]!.equals(before[second]!)).toBe(true);
  },
);
