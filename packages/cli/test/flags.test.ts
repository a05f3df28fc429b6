import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng, readImage } from '@lusd/sd-models/node';
import { someOf } from '@lusd/testing/thorough';
import { beforeAll, describe, expect, test } from 'vitest';
import { lusd, ONE_ERROR, PROMPTS, SHAPES, temporaryFolder } from './lusd.ts';
import { disc, filesOf, plain, writeInput } from './pictures.ts';

const folder = temporaryFolder();
const picture = join(folder, 'disc.png');
const black = join(folder, 'black.png');

/** Of the released program, each with another value than its default. */
const RELEASED: Readonly<Record<string, number>> = {
  num_steps: 1,
  lr: 0.5,
  reg_scale: 0.03,
  t_min: 60,
  t_max: 900,
  ds_high: 0.14,
  ds_low: 0.02,
  speed: 4,
  threshold: 0.001,
  threshold_decay_rate: 0.9,
  cross_attn_momentum: 0.2,
  save_step: 7,
};

beforeAll(() => {
  writeFileSync(picture, encodePng(disc()));
  writeFileSync(black, encodePng(plain(0)));
});

test('every flag of the released program reaches the edit, with underscores or dashes', () => {
  const input = writeInput(join(folder, 'input'), { 'disc.png': encodePng(disc()) });
  const output = join(folder, 'output');
  const flags = [
    ...Object.entries(RELEASED).flatMap(([name, value]) => [`--${name}`, `${value}`]),
    ...['--no_direction_scale', '--init_seed=3', '--num_seed', '1'],
    ...['--input_dir', input, '--output_dir', output],
  ];
  const own = [
    '--weights',
    SHAPES,
    '--size',
    '64',
    '--rng',
    'cpu',
    '--fit',
    'pad',
    '--pixels',
    'released',
    '--target-rule',
    'parity',
  ];
  const dashed = flags.map((flag) => (flag.startsWith('--') ? flag.replaceAll('_', '-') : flag));

  expect(lusd('run', ...own, ...flags)).toMatchObject({ code: 0 });
  const written: unknown = JSON.parse(readFileSync(join(output, '.cache/000_seed3/config.json'), 'utf8'));
  expect(written).toMatchObject({
    ...RELEASED,
    ...{
      direction_scale: false,
      seed: 3,
      rng: 'cpu',
      size: 64,
      fit: 'pad',
      pixels: 'released',
      target_rule: 'parity',
    },
  });
  const again = lusd('run', ...own, ...dashed, '--json');
  expect(again.events.find(({ event }) => event === 'skipped')?.jobs).toEqual(['000_seed3']);
});

describe('lusd edit', () => {
  const output = join(folder, 'edited.png');
  const edit = (...flags: string[]) =>
    lusd(
      ...['edit', '--weights', SHAPES, ...PROMPTS, '--image', picture, '--output', output],
      ...['--num-steps', '1', '--json', ...flags],
    );

  // The timesteps are torch's: of its generator on a GPU as published for the released program, on a CPU as run.
  test.each(
    someOf(
      [
        ['f32', 'cuda', '42', 305],
        ['f16', 'cpu', '0', 347],
      ],
      1,
    ),
  )(
    'in %s, seed and generator (%s, %s) are torch’s, words, mask and previews as asked for',
    async (dtype, rng, seed, timestep) => {
      const { code, events, stderr } = edit(
        ...['--dtype', dtype, '--rng', rng, '--seed', seed, '--threshold', '0', '--save-step', '1'],
        ...['--edit-words', 'sand', '--mask', black, '--composite', '--size', '128'],
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(events.find(({ event }) => event === 'step')).toMatchObject({ timestep, attempts: 1 });
      expect(events.find(({ event }) => event === 'targets')).toMatchObject({ words: [{ text: 'sand' }] });
      // Black everywhere: nothing may change, to the pixel.
      expect(await readImage(output)).toMatchObject(disc());
      const preview = await readImage(join(folder, '.cache/edited/step_000.png'));
      expect([preview.width, preview.height]).toEqual([256, 128]);
    },
  );

  test.each(
    someOf(
      [
        ['none', []],
        ['2,4', [2, 4]],
      ],
      1,
    ),
  )('--target-index %s', (list, indices) => {
    const { events } = edit('--size', '64', '--target-index', list);
    expect(events.find(({ event }) => event === 'targets')).toMatchObject({ indices });
    expect(events.at(-1)).toMatchObject({ event: 'done', path: output });
  });

  test('a picture of another shape than its mask is named', () => {
    writeFileSync(join(folder, 'small.png'), encodePng({ width: 8, height: 8, data: new Uint8Array(192) }));
    const { code, events } = edit('--size', '64', '--mask', join(folder, 'small.png'));
    expect(code).toBe(1);
    expect(events.at(-1)?.message).toMatch(/mask.* 8 ?x ?8.* 128 ?x ?128/);
  });
});

test.each([
  [['--num-steps', '0'], /--num-steps must be at least 1, but is 0/],
  [['--num-steps', 'ten'], /'--num-steps <n>' argument 'ten' is invalid: it must be a number/],
  [['--reg-scale', '2'], /--reg-scale must be at most 1/],
  [['--t-min', '950'], /--t-min must be less than 949, since timesteps end at 950/],
  [['--threshold-decay-rate', '1'], /--threshold-decay-rate must be less than 1/],
  [['--seed', '-1'], /'--seed <n>' argument '-1' is invalid: it must be an integer, 0 or greater/],
  [['--rng', 'mps'], /'mps' is invalid: allowed choices are cuda, cpu/],
  [['--dtype', 'f8'], /'f8' is invalid: allowed choices are auto, f32, f16/],
  [['--size', '60'], /it must be multiples of 8, such as 512 or 768x512, or 'original'/],
  [['--target-index', '4;8'], /it must be positions such as 4,8, or 'none'/],
  [['--edit-words', ' , '], /it must be a word or a phrase of the prompt/],
  [['--composite'], /--composite needs a --mask/],
  [['--output', 'never.jpg'], /'never\.jpg' is invalid: it must end in \.png, since results are PNG files/],
  [['--sed', '1'], /unknown option '--sed' \(Did you mean --seed\?\)/],
])('wrong usage %j', (flags, says) => {
  const args = ['edit', '--weights', SHAPES, ...PROMPTS, '--image', picture, '--output', 'never.png'];
  const { code, stderr, stdout } = lusd(...args, ...flags);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(ONE_ERROR);
  expect(stderr).toMatch(says);
});

test('nothing was written but what was asked for', () => {
  const names = Object.keys(filesOf(folder)).filter((name) => !/^(?:input|output|\.cache)/.test(name));
  expect(names).toEqual(['black.png', 'disc.png', 'edited.png', 'small.png']);
});
