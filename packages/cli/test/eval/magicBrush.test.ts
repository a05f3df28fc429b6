import { createHash } from 'node:crypto';
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
import {
  type Circumstances,
  type LusdEvent,
  lusd,
  lusdIn,
  ONE_ERROR,
  SHAPES,
  temporaryFolder,
} from '../lusd.ts';

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
const METRICS = ['--metrics', 'l1,l2,clip_i,clip_t,clip_r'];
const PIXELS = ['--metrics', 'l1,l2'];
const evaluate = (...flags: string[]) =>
  lusd('eval', ...folders(files), ...captions(), ...METRICS, '--weights', clip, ...flags);

/** A copy to damage. */
function copy(name: string): ColourFolder {
  const folder = join(root, name);
  cpSync(join(root, 'whole'), folder, { recursive: true });
  const [generated, groundTruth] = [join(folder, 'results'), join(folder, 'truth')];
  return { ...files, generated, groundTruth };
}

/** The values of a summary, against closed forms. */
function expectSummary(actual: unknown, { count, ...expected }: Partial<Record<string, number>>): void {
  const summary = actual as Record<string, { value: number | null; n: number }>;
  expect(Object.keys(summary).sort()).toEqual(Object.keys(expected).sort());
  for (const [metric, value] of Object.entries(expected) as [string, number][]) {
    // JSON has no NaN.
    if (Number.isNaN(value)) expect(summary[metric]!.value, metric).toBeNull();
    else expect(summary[metric]!.value, metric).toBeCloseTo(value, 4);
  }
  expect(summary.l1!.n).toBe(count);
}

test('the summaries and the scores are the closed forms, in all and by category', () => {
  const output = join(root, 'whole-scores');
  const { code, events } = evaluate('--category-path', kinds, '--output-dir', output, '--json');
  expect(code).toBe(0);
  const names = ['device', 'loading', 'dtype', 'scores', 'scores', 'scores', 'embeddings', 'done', 'result'];
  expect(events.map(({ event }) => event)).toEqual(names);
  const [first, ...others] = TURNS as [ColourTurn, ...ColourTurn[]];
  const { all, add, change } = events.at(-1)!;
  expectSummary(all, expectedSummary(TURNS));
  expectSummary(add, expectedSummary([first]));
  expectSummary(change, expectedSummary(others));

  const rows: Record<string, string>[] = parse(readFileSync(join(output, 'scores.csv')), { columns: true });
  expect(Object.keys(rows[0]!)).toEqual(
    'id turn result ground_truth category l1 l2 clip_i clip_t clip_r'.split(' '),
  );
  expect(rows[1]).toMatchObject({ id: '9', turn: '2', result: '9/9_inde_2.png', category: 'change' });
  for (const [i, turn] of TURNS.entries())
    for (const [name, value] of Object.entries(expectedScores(turn)))
      expect(Number(rows[i]![name]), name).toBeCloseTo(value, 4);
  expect(readdirSync(output).sort()).toEqual(['.cache', 'scores.csv', 'scores.json']);
});

test('scores.json says what the numbers were made with', () => {
  const output = join(root, 'provenance');
  const flags = [...folders(files), ...captions(), '--metrics', 'l1,clip_i', '--weights', clip];
  expect(lusd('eval', ...flags, '--output-dir', output, '--name', 'Ours').code).toBe(0);
  const report = JSON.parse(readFileSync(join(output, 'scores.json'), 'utf8')) as object;
  const weights = createHash('sha256').update(readFileSync(join(clip, 'model.safetensors')));
  expect(report).toMatchObject({
    method: 'Ours',
    benchmark: 'MagicBrush, all turns',
    metrics: [{ name: 'l1', better: 'lower' }, { name: 'clip_i' }],
    items: [{ id: '9-output1', group: '9', labels: { turn: 1 } }, {}, {}],
    provenance: {
      lusd: '0.1.0',
      dtype: 'auto',
      devices: [expect.any(String)],
      models: { clipB32: { 'model.safetensors': weights.digest('hex') } },
      bootstrap: { seed: 0, resamples: 2000 },
      deviations: expect.arrayContaining([expect.stringMatching(/--pixels released/)]),
    },
  });
});

test('the table for people, in f16 and small batches, with a category file like the released one', () => {
  const csv = join(root, 'kinds.csv');
  // The released file has an idx twice; the second is the next turn.
  const rows = ['9-input,seat,"a ""cat""",1,remove', '9-input,,,0,change', '10-input,,,1,change'];
  writeFileSync(csv, ['idx,source_prompt,target_prompt,real_image,category', ...rows, ''].join('\n'));
  const { code, stdout, stderr } = evaluate('--category-path', csv, '--dtype', 'f16', '--batch-size', '1');
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^warning: \S+kinds\.csv has 9-input twice; the second row is taken for 9-output1, turn 2$/m,
  );
  const all = stdout.trimEnd().split('\n');
  const lines = all.filter((line) => !line.startsWith('Not as published: '));
  expect(all.length - lines.length).toBe(3);
  const cells = lines.map((line) => line.trim().split(/ {2,}/));
  const l1 = expectedSummary(TURNS).l1.toFixed(4);
  expect(cells.map((row) => row.slice(0, 3)).filter(([name]) => !name?.startsWith('95 %'))).toEqual([
    ['n', 'L1 ↓', 'L2 ↓'],
    ['all', '3', l1],
    ['add', '0', '-'],
    ['change', '3', l1],
  ]);
  expect(cells[0]!.slice(3).join()).toBe('CLIP-I ↑,CLIP-T ↑,CLIP-R ↑,CLIP-AUC ↑,L1* ↓,CLIP-I* ↑');
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});

test('L1 and L2 need no weights and no device', () => {
  const output = join(root, 'pixels');
  const { code, events } = lusd('eval', ...folders(files), ...PIXELS, '--json', '--output-dir', output);
  expect(code).toBe(0);
  expect(events.map(({ event }) => event)).toEqual(['scores', 'scores', 'scores', 'done', 'result']);
  const { count, l1, l2 } = expectedSummary(TURNS);
  expect(Object.keys(events.at(-1)!)).toEqual(['event', 'all']);
  expectSummary(events.at(-1)!.all, { count, l1, l2 });
});

test('final turns are the ends of chains, and a missing one is named', () => {
  const chains = copy('chains');
  const flags = ['eval', ...folders(chains), ...PIXELS, '--turns', 'final', '--json'];
  const { code, events } = lusd(...flags);
  expect(code).toBe(1);
  expect(events.at(-1)!.message).toMatch(/^missing: \S*9_iter_2\.png; fix it/);
  cpSync(join(files.generated, '9', '9_inde_2.png'), join(chains.generated, '9', '9_iter_2.png'));
  const { l1, l2 } = expectedSummary(TURNS.slice(1));
  expectSummary(lusd(...flags).events.at(-1)!.all, { count: 2, l1, l2 });
});

test('an evaluation in one folder repeats only what has changed', () => {
  const scored = (events: readonly LusdEvent[]) => events.filter(({ event }) => event === 'scores').length;
  const changing = copy('changing');
  const output = join(root, 'resumed');
  const flags = ['eval', ...folders(changing), ...PIXELS, '--json', '--output-dir', output];
  expect(scored(lusd(...flags).events)).toBe(3);
  const first = readFileSync(join(output, 'scores.json'), 'utf8');
  expect(scored(lusd(...flags).events)).toBe(0);
  expect(readFileSync(join(output, 'scores.json'), 'utf8')).toBe(first);
  rmSync(join(output, '.cache', '10-output1.json'));
  writeFileSync(join(output, '.cache', '9-output2.json'), 'no JSON');
  expect(scored(lusd(...flags).events)).toBe(2);
  cpSync(join(changing.generated, '10', '10_1.png'), join(changing.generated, '9', '9_1.png'));
  expect(scored(lusd(...flags).events)).toBe(1);
  expect(scored(lusd(...flags, '--pixels', 'released').events)).toBe(3);
});

test('an incomplete folder: what is missing is named, and left out only where that is asked for', () => {
  const damaged = copy('incomplete');
  rmSync(join(damaged.generated, '9', '9_1.png'));
  cpSync(join(files.generated, '10', '10_1.png'), join(damaged.generated, '11', '11_1.png'));
  const flags = [...folders(damaged), ...PIXELS];
  const { code, stdout, stderr } = lusd('eval', ...flags);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(ONE_ERROR);
  expect(stderr).toMatch(
    /^error: missing: \S*9_1\.png; without ground truth: \S*11_1\.png; .* --allow-incomplete\.$/,
  );
  const allowed = lusd('eval', ...flags, '--allow-incomplete');
  expect(allowed.code).toBe(0);
  expect(allowed.stderr).toMatch(/^warning: missing: \S*9_1\.png; .* continuing with 2 results\.$/);
  const [, all] = allowed.stdout.split('\n');
  expect(all).toMatch(/^all +2 /);
  expect(all).toContain(expectedSummary(TURNS.slice(1)).l1.toFixed(4));
});

test('a picture that cannot be decoded ends it, or is left out', () => {
  const damaged = copy('damaged');
  writeFileSync(join(damaged.groundTruth, '10', '10-output1.png'), 'no picture');
  const flags = [...folders(damaged), ...PIXELS, '--output-dir', join(root, 'never')];
  const { code, stdout, stderr } = lusd('eval', ...flags);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^error: \S*10-output1\.png is text that begins "no picture", not PNG; give a picture\.$/,
  );
  expect(readdirSync(join(root, 'never'))).toEqual(['.cache']);
  const allowed = lusd('eval', ...folders(damaged), ...PIXELS, '--allow-incomplete');
  expect(allowed.code).toBe(0);
  expect(allowed.stderr).toMatch(/^error: \S*10\/10_1\.png is skipped: \S*10-output1\.png is text/);
  expect(allowed.stdout).toMatch(/^all +2 /m);
});

test('a turn without a caption is named with the file that lacks it', () => {
  const short = join(root, 'short.json');
  writeFileSync(short, JSON.stringify({ '9': { '9-output1.png': 'a' } }));
  const { code, stderr } = evaluate('--caption-path', short);
  expect(code).toBe(1);
  expect(stderr).toMatch(/missing: '9-output2\.png' in \S*short\.json, '10-output1\.png' in \S*short\.json;/);
});

/** What goes wrong, by the flags that make it so. */
const broken: readonly [name: string, flags: () => string[], code: number, says: RegExp][] = [
  [
    'no captions',
    () => ['--weights', clip],
    2,
    /clip_t, clip_r need --caption-path and --global-caption-path; --metrics l1,l2/,
  ],
  ['another metric', () => ['--metrics', 'l3'], 1, /there is no metric 'l3'; choose among l1, l2, clip_i/],
  ['no metric', () => ['--metrics', ','], 2, /names separated by commas/],
  [
    'a part without a folder',
    () => [...PIXELS, '--shard', '0/2'],
    2,
    /a part of the results \(--shard\) needs --output-dir/,
  ],
  [
    'two benchmarks',
    () => ['--pairs', 'x.csv'],
    2,
    /--gt-path, --generated-path cannot be used with --pairs/,
  ],
  [
    'no DINO',
    () => ['--metrics', 'dino'],
    1,
    /'dino-s16' are not on this machine; run `lusd weights pull dino-s16`/,
  ],
  [
    'another DINO',
    () => ['--metrics', 'dino', '--dino-s16', 'nothing'],
    1,
    /no weights 'nothing'; .* of DINO ViT-S\/16, or dino-s16\.$/,
  ],
  ['no batch', () => [...PIXELS, '--batch-size', '0'], 2, /must be an integer, 1 or greater/],
  [
    'captions that are none',
    () => [...captions(), '--caption-path', kinds, '--global-caption-path', clip],
    1,
    /clip cannot be read: .*; name a file, not a folder/,
  ],
  [
    'no JSON',
    () => [...PIXELS, '--category-path', join(clip, 'merges.txt')],
    1,
    /merges\.txt is not valid JSON/,
  ],
  [
    'no category',
    () => [...PIXELS, '--category-path', files.local],
    1,
    /local\.json: '9 \/ 9-output1\.png' must be add, change, remove/,
  ],
  [
    'no folder',
    () => [...PIXELS, '--gt-path', join(root, 'nowhere')],
    1,
    /the folder \S*nowhere cannot be read/,
  ],
  ['no ground truth', () => [...PIXELS, '--gt-path', clip], 1, /clip has no ground truth/],
  [
    'a pipeline',
    () => [...captions(), ...METRICS, '--weights', SHAPES],
    1,
    /shapes holds a whole pipeline, not CLIP; give a folder/,
  ],
  [
    'no weights',
    () => [...captions(), ...METRICS, '--weights', 'nothing'],
    1,
    /there are no weights 'nothing'; .* or clip\.$/,
  ],
  [
    'a pickle',
    () => [...captions(), ...METRICS, '--weights', kinds],
    1,
    /kinds\.json is not a \.safetensors file/,
  ],
  [
    'no tokenizer',
    () => [...captions(), ...METRICS, '--weights', clip, '--config-folder', root],
    1,
    /has no tokenizer, neither vocab\.json nor tokenizer\.json/,
  ],
  [
    'another shape',
    () => [...captions(), ...METRICS, '--weights', join(clip, 'model.safetensors')],
    1,
    /model\.safetensors do not fit the model's configuration/,
  ],
  [
    'not pulled',
    () => [...captions(), ...METRICS],
    1,
    /'clip' are not on this machine; run `lusd weights pull clip` \(607\.4 MB\)/,
  ],
];

test.each(broken)('%s is one error', (_, flags, code, says) => {
  const apart: Circumstances = { env: { HF_HOME: join(root, 'hub') } };
  const outcome = lusdIn(apart, 'eval', ...folders(files), ...flags());
  expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: '' });
  const words = outcome.stderr.replace(
    /^(?:Running on|Loading|Computing in|warning: \S+ is assumed to be) .*\n/gm,
    '',
  );
  expect(words).toMatch(ONE_ERROR);
  expect(words).toMatch(says);
});
