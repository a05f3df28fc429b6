import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ColourFolder,
  type ColourTurn,
  expectedScores,
  expectedSummary,
  TURNS,
  writeColourClip,
  writeTurns,
} from '@lusd/testing-models/colourClip';
import { parse } from 'csv-parse/sync';
import { beforeAll, expect, test } from 'vitest';
import { type Circumstances, lusd, lusdIn, ONE_ERROR, SHAPES, temporaryFolder } from '../lusd.ts';

const root = temporaryFolder();
const clip = join(root, 'clip');
const kinds = join(root, 'kinds.json');
let files: ColourFolder;

beforeAll(async () => {
  await writeColourClip(clip);
  files = writeTurns(join(root, 'whole'), TURNS);
  const categories = {
    '9': { '9-output1.png': 'add', '9-output2.png': 'change' },
    '10': { '10-output1.png': 'remove' },
  };
  writeFileSync(kinds, JSON.stringify(categories));
});

const folders = ({ generated, groundTruth }: ColourFolder) => [
  ...['--generated-path', generated],
  ...['--gt-path', groundTruth],
];
const captions = () => ['--caption-path', files.local, '--global-caption-path', files.global];
const metrics = (...flags: string[]) =>
  lusd('metrics', ...folders(files), ...captions(), '--weights', clip, ...flags);

/** A copy to damage. */
function copy(name: string): ColourFolder {
  const folder = join(root, name);
  cpSync(join(root, 'whole'), folder, { recursive: true });
  const [generated, groundTruth] = [join(folder, 'results'), join(folder, 'truth')];
  return { ...files, generated, groundTruth };
}

function expectNumbers(actual: unknown, expected: object): void {
  const numbers = Object.entries(expected).map(([metric, value]: [string, number]) => [
    metric,
    // JSON has no NaN.
    Number.isNaN(value) ? null : expect.closeTo(value, 4),
  ]);
  expect(actual).toEqual(Object.fromEntries(numbers));
}

test('the summaries and the scores are the closed forms, in all and by category', () => {
  const output = join(root, 'scores.csv');
  const { code, events } = metrics('--category-path', kinds, '--output', output, '--json');
  expect(code).toBe(0);
  const names = ['device', 'loading', 'dtype', 'scores', 'scores', 'scores', 'done', 'result'];
  expect(events.map(({ event }) => event)).toEqual(names);
  const [first, ...others] = TURNS as [ColourTurn, ...ColourTurn[]];
  const { all, add, change } = events.at(-1)!;
  expectNumbers(all, expectedSummary(TURNS));
  expectNumbers(add, expectedSummary([first]));
  expectNumbers(change, expectedSummary(others));

  const rows: Record<string, string>[] = parse(readFileSync(output), { columns: true });
  expect(Object.keys(rows[0]!)).toEqual(
    'id turn result ground_truth category l1 l2 clip_i clip_t clip_r'.split(' '),
  );
  expect(rows[1]).toMatchObject({ id: '9', turn: '2', result: '9/9_inde_2.png', category: 'change' });
  for (const [i, turn] of TURNS.entries()) {
    const { clipI: clip_i, clipT: clip_t, clipR: clip_r, ...pixels } = expectedScores(turn);
    for (const [name, value] of Object.entries({ ...pixels, clip_i, clip_t, clip_r }))
      expect(Number(rows[i]![name]), name).toBeCloseTo(value, 4);
  }
  expect(readdirSync(root).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('the table for people, in f16 and small batches, with a category file like the released one', () => {
  const csv = join(root, 'kinds.csv');
  const rows = ['9-input,seat,"a ""cat""",1,remove', '9-output1,,,0,remove', '10-input,,,1,change'];
  writeFileSync(csv, ['idx,source_prompt,target_prompt,real_image,category', ...rows, ''].join('\n'));
  const { code, stdout } = metrics('--category-path', csv, '--dtype', 'f16', '--batch-size', '1');
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  const cells = lines.map((line) => line.trim().split(/ {2,}/));
  const l1 = expectedSummary(TURNS).l1.toFixed(4);
  expect(cells.map((row) => row.slice(0, 3))).toEqual([
    ['n', 'L1', 'L2'],
    ['all', '3', l1],
    ['add', '0', '-'],
    ['change', '3', l1],
  ]);
  expect(cells[0]!.slice(3)).toEqual(['CLIP-I', 'CLIP-T', 'CLIP-R', 'CLIP-AUC', 'L1*', 'CLIP-I*']);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});

test('without CLIP: L1 and L2, no weights and no device, as JSON', () => {
  const output = join(root, 'pixels.json');
  const { code, events } = lusd('metrics', ...folders(files), '--no-clip', '--json', '--output', output);
  expect(code).toBe(0);
  expect(events.map(({ event }) => event)).toEqual(['scores', 'scores', 'scores', 'done', 'result']);
  const { count, l1, l2 } = expectedSummary(TURNS);
  expect(Object.keys(events.at(-1)!)).toEqual(['event', 'all']);
  expectNumbers(events.at(-1)!.all, { count, l1, l2 });
  const rows = JSON.parse(readFileSync(output, 'utf8')) as object[];
  expect(rows).toMatchObject([{ id: '9', turn: 1, category: null }, { turn: 2 }, { id: '10' }]);
  expect(Object.keys(rows[0]!)).not.toContain('clip_i');
});

test('an incomplete folder: what is missing is named, and left out only where that is asked for', () => {
  const damaged = copy('incomplete');
  rmSync(join(damaged.generated, '9', '9_1.png'));
  cpSync(join(files.generated, '10', '10_1.png'), join(damaged.generated, '11', '11_1.png'));
  const flags = [...folders(damaged), '--no-clip'];
  const { code, stdout, stderr } = lusd('metrics', ...flags);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(ONE_ERROR);
  expect(stderr).toMatch(
    /^error: missing: \S*9_1\.png; without ground truth: \S*11_1\.png; .* --allow-incomplete\.$/,
  );
  const allowed = lusd('metrics', ...flags, '--allow-incomplete');
  expect(allowed.code).toBe(0);
  expect(allowed.stderr).toMatch(/^warning: missing: \S*9_1\.png; .* continuing with 2 turns\.$/);
  const [, all] = allowed.stdout.split('\n');
  expect(all).toMatch(/^all +2 /);
  expect(all).toContain(expectedSummary(TURNS.slice(1)).l1.toFixed(4));
});

test('a picture that cannot be decoded ends it, or is left out', () => {
  const damaged = copy('damaged');
  writeFileSync(join(damaged.groundTruth, '10', '10-output1.png'), 'no picture');
  const flags = [...folders(damaged), '--no-clip', '--output', join(root, 'never.csv')];
  const { code, stdout, stderr } = lusd('metrics', ...flags);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^error: \S*10-output1\.png is text that begins "no picture", not PNG; give a picture\.$/,
  );
  expect(readdirSync(root)).not.toContain('never.csv');
  const allowed = lusd('metrics', ...folders(damaged), '--no-clip', '--allow-incomplete');
  expect(allowed.code).toBe(0);
  expect(allowed.stderr).toMatch(/^error: 10\/10_1\.png is skipped: \S*10-output1\.png is text/);
  expect(allowed.stdout).toMatch(/^all +2 /m);
});

test('a turn without a caption is named with the file that lacks it', () => {
  const short = join(root, 'short.json');
  writeFileSync(short, JSON.stringify({ '9': { '9-output1.png': 'a' } }));
  const { code, stderr } = metrics('--caption-path', short);
  expect(code).toBe(1);
  expect(stderr).toMatch(/missing: '9-output2\.png' in \S*short\.json, '10-output1\.png' in \S*short\.json;/);
});

/** What goes wrong, by the flags that make it so. */
const broken: readonly [name: string, flags: () => string[], code: number, says: RegExp][] = [
  ['no captions', () => ['--weights', clip], 2, /need --caption-path and --global-caption-path; --no-clip/],
  ['another ending', () => ['--no-clip', '--output', 'x.txt'], 2, /x\.txt must end in \.csv or \.json/],
  ['no batch', () => ['--no-clip', '--batch-size', '0'], 2, /must be an integer, 1 or greater/],
  [
    'captions that are none',
    () => [...captions(), '--caption-path', kinds, '--global-caption-path', clip],
    1,
    /clip cannot be read: .*; name a file, not a folder/,
  ],
  [
    'no JSON',
    () => ['--no-clip', '--category-path', join(clip, 'merges.txt')],
    1,
    /merges\.txt is not valid JSON/,
  ],
  [
    'no category',
    () => ['--no-clip', '--category-path', files.local],
    1,
    /local\.json: '9 \/ 9-output1\.png' must be add, change, remove/,
  ],
  [
    'no folder',
    () => ['--no-clip', '--gt-path', join(root, 'nowhere')],
    1,
    /the folder \S*nowhere cannot be read/,
  ],
  ['no ground truth', () => ['--no-clip', '--gt-path', clip], 1, /clip has no ground truth/],
  [
    'a pipeline',
    () => [...captions(), '--weights', SHAPES],
    1,
    /shapes holds a whole pipeline, not CLIP; give a folder/,
  ],
  [
    'no weights',
    () => [...captions(), '--weights', 'nothing'],
    1,
    /there are no weights 'nothing'; .* or clip\.$/,
  ],
  ['a pickle', () => [...captions(), '--weights', kinds], 1, /kinds\.json is not a \.safetensors file/],
  [
    'no tokenizer',
    () => [...captions(), '--weights', clip, '--config-folder', root],
    1,
    /has no tokenizer, neither vocab\.json nor tokenizer\.json/,
  ],
  [
    'another shape',
    () => [...captions(), '--weights', join(clip, 'model.safetensors')],
    1,
    /model\.safetensors do not fit the model's configuration/,
  ],
  [
    'not pulled',
    () => captions(),
    1,
    /'clip' are not on this machine; run `lusd weights pull clip` \(607\.4 MB\)/,
  ],
];

test.each(broken)('%s is one error', (_, flags, code, says) => {
  const apart: Circumstances = { env: { HF_HOME: join(root, 'hub') } };
  const outcome = lusdIn(apart, 'metrics', ...folders(files), ...flags());
  expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: '' });
  const words = outcome.stderr.replace(
    /^(?:Running on|Loading|Computing in|warning: \S+ is assumed to be) .*\n/gm,
    '',
  );
  expect(words).toMatch(ONE_ERROR);
  expect(words).toMatch(says);
});
