import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METHOD_NAMES, METHODS, type MethodName } from '@lusd/lusd';
import { encodePng, readImage } from '@lusd/sd-models/node';
import { someOf } from '@lusd/testing/thorough';
import { expect, test } from 'vitest';
import { lusd, ONE_ERROR, PROMPTS, QUICK, SHAPES, temporaryFolder } from './lusd.ts';
import { disc, plain, writeInput } from './pictures.ts';

const folder = temporaryFolder();
const picture = join(folder, 'disc.png');
const black = join(folder, 'black.png');
writeFileSync(picture, encodePng(disc()));
writeFileSync(black, encodePng(plain(0)));

function edit(name: string, ...flags: string[]) {
  const output = join(folder, `${name}.png`);
  return lusd('edit', ...QUICK, ...PROMPTS, '--image', picture, '--output', output, '--json', ...flags);
}

const DISTILLATIONS = METHOD_NAMES.filter((name) => !METHODS[name].samples);

test.each(someOf(DISTILLATIONS, 2))('--method %s edits a picture with its own defaults', async (method) => {
  const { code, events, stderr } = edit(method, '--method', method);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(events.filter(({ event }) => event === 'step')).toHaveLength(2);
  expect((await readImage(join(folder, `${method}.png`))).data).not.toEqual(disc().data);
});

// Steps of a sampling of 2, with what fits the small model, which has 7 transformers.
const SAMPLED: readonly (readonly [method: MethodName, steps: number, flags: readonly string[]])[] = [
  ['p2p', 4, ['--blend-target-words', 'blue', '--blend-downscale', '2', '--reweight', 'blue=2']],
  ['sdedit', 1, ['--strength', '0.5']],
  ['ddim-inversion', 4, []],
  ['negative-prompt-inversion', 4, []],
  ['direct-inversion', 4, ['--prompt-edit', 'replace', '--cross-replace-steps', '1']],
  ['masactrl', 4, ['--start-step', '1', '--start-layer', '2', '--inversion', 'direct']],
  ['plug-and-play', 4, ['--inversion-steps', '2', '--negative-prompt', 'rain']],
  ['edit-friendly', 3, ['--skip', '0']],
];

test.each(someOf(SAMPLED, 2))('--method %s samples an edit', async (method, steps, flags) => {
  const { code, events, stderr } = edit(method, '--method', method, ...flags);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(events.filter(({ event }) => event === 'step')).toHaveLength(steps);
  expect((await readImage(join(folder, `${method}.png`))).data).not.toEqual(disc().data);
});

test('a sampling is recorded, and names that it cannot be replayed', () => {
  const record = join(folder, 'sampled.safetensors');
  expect(edit('recorded', '--method', 'sdedit', '--record', record)).toMatchObject({ code: 0 });
  const output = join(folder, 'replayed.png');
  const flags = ['--weights', SHAPES, ...PROMPTS, '--output', output, '--method', 'sdedit'];
  const { code, stderr } = lusd('replay', record, ...flags);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--method sdedit cannot be replayed, since it draws no timesteps/);
});

test('InstructPix2Pix names the model that it needs', () => {
  const { code, events } = edit('instructed', '--method', 'instruct-pix2pix');
  expect(code).toBe(1);
  expect(events.at(-1)?.message).toMatch(/takes 4 channels, .* such as timbrooks\/instruct-pix2pix/);
});

test("LUSD's parts are flags of other methods, and masks hold for all", async () => {
  const parts = [
    '--edit-words',
    'blue',
    '--mask-attention',
    '--normalise',
    '--filter',
    '--regularise',
    '--threshold',
    '0.001',
  ];
  const { code, events } = edit(
    'parts',
    '--size',
    '128',
    '--method',
    'dds',
    ...parts,
    '--mask',
    black,
    '--composite',
  );
  expect(code).toBe(0);
  expect(events.find(({ event }) => event === 'targets')).toMatchObject({ words: [{ text: 'blue' }] });
  expect(events.find(({ event }) => event === 'step')).toMatchObject({ threshold: 0.001 });
  expect((await readImage(join(folder, 'parts.png'))).data).toEqual(disc().data);
});

test('a recorded edit is replayed with its method, if a trajectory holds all that it drew', () => {
  const record = join(folder, 'recorded.safetensors');
  expect(edit('recorded', '--method', 'ssd', '--no-sample-latents', '--record', record).code).toBe(0);
  const output = ['--output', join(folder, 'replayed.png')];
  const replay = (...flags: string[]) =>
    lusd('replay', record, '--weights', SHAPES, ...PROMPTS, ...output, '--json', ...flags);
  const { code, events } = replay('--method', 'ssd', '--no-sample-latents');
  expect(code).toBe(0);
  expect(events.at(-1)).toMatchObject({ sameAttempts: true, largestDifference: 0 });
  for (const [flags, says] of [
    [['--method', 'ssd'], /ssd can be replayed with --no-sample-latents only/],
    [['--method', 'pds', '--no-sample-latents'], /pds cannot be replayed/],
  ] as const) {
    const refused = replay(...flags);
    expect(refused.code).toBe(2);
    expect(refused.events.at(-1)?.message).toMatch(says);
  }
});

test('a folder keeps the method with its results', () => {
  const input = writeInput(join(folder, 'input'), { 'disc.png': encodePng(disc()) });
  const output = join(folder, 'output');
  const flags = ['--input-dir', input, '--output-dir', output, '--json', '--negative-prompt', 'rain'];
  const run = () => lusd('run', ...QUICK, '--method', 'csd', ...flags);
  expect(run()).toMatchObject({ code: 0 });
  const config: unknown = JSON.parse(readFileSync(join(output, '.cache/000_seed0/config.json'), 'utf8'));
  expect(config).toMatchObject({ method: 'csd', negative_prompt: 'rain', null_scale: -1, optimizer: 'sgd' });
  expect(run().events.find(({ event }) => event === 'skipped')?.jobs).toEqual(['000_seed0']);
});

test.each([
  [
    ['--guidance-scale', '3'],
    /--guidance-scale is not an option of lusd, but of sds, dds, cds, ids, pds, ssd, sdedit, /,
  ],
  [['--method', 'dds', '--no-direction-scale'], /--no-direction-scale is not an option of dds, but of lusd/],
  [['--method', 'dds', '--threshold', '1'], /--threshold counts where filter is on/],
  [['--method', 'dds', '--edit-words', 'blue'], /--edit-words chooses the words of a mask.*--mask-attention/],
  [['--method', 'dds', '--negative-prompt', 'rain'], /--negative-prompt is not an option of dds, but of csd/],
  [['--method', 'sds', '--optimizer', 'lion'], /'lion' is invalid: allowed choices are sgd, adam, adamw/],
  [['--method', 'sdedit', '--strength', '-1'], /--strength must be at least 0, but is -1/],
  [['--method', 'p2p', '--reweight', 'blue'], /it must be a word with a factor, such as cup=2/],
  [
    ['--method', 'p2p', '--cross-replace-words', 'blue=2'],
    /--cross-replace-words must be at most 1, but is 2 for "blue"/,
  ],
  [
    ['--method', 'p2p', '--edit-words', 'blue'],
    /--edit-words chooses the words of a mask, which p2p has never/,
  ],
  [
    ['--method', 'lusd', '--blend-start', '1'],
    /--blend-start is not an option of lusd, but of direct-inversion, p2p/,
  ],
  [['--method', 'p3p'], /'p3p' is invalid: allowed choices are lusd, /],
])('wrong usage %j', (flags, says) => {
  const args = ['edit', ...QUICK, ...PROMPTS, '--image', picture, '--output', join(folder, 'never.png')];
  const { code, stderr, stdout } = lusd(...args, ...flags);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(ONE_ERROR);
  expect(stderr).toMatch(says);
});
