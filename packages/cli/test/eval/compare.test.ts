import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { lusd, ONE_ERROR, temporaryFolder } from '../lusd.ts';

const root = temporaryFolder();
const L1 = { name: 'l1', title: 'L1', better: 'lower', scale: 1, digits: 4 };
const CLIP_R = { name: 'clip_r', title: 'CLIP-R', better: 'higher', scale: 1, digits: 4 };
const PSNR = { name: 'psnr', title: 'PSNR', better: 'higher', scale: 1, digits: 2 };

type Score = Record<string, number | string>;

/** An evaluation's folder, as `lusd eval` writes it; sessions of two turns, of which the second is an addition. */
function write(method: string, scores: readonly Score[], more: object = {}): string {
  const items = scores.map((values, i) => ({
    id: `${Math.floor(i / 2)}-output${(i % 2) + 1}`,
    group: String(Math.floor(i / 2)),
    categories: i % 2 === 1 ? ['add'] : ['change'],
    labels: {},
    result: `${i}.png`,
    scores: values,
  }));
  const metrics = Object.keys(scores[0]!).map((name) =>
    [L1, CLIP_R, PSNR].find((each) => each.name === name),
  );
  const report = {
    ...{ method, benchmark: 'MagicBrush, all turns', metrics, categories: ['add', 'change'], items },
    ...{ summary: {}, provenance: {}, ...more },
  };
  mkdirSync(join(root, method), { recursive: true });
  writeFileSync(join(root, method, 'scores.json'), JSON.stringify(report));
  return join(root, method);
}

let ours = '';
let other = '';
beforeAll(() => {
  ours = write(
    'Ours',
    [0.1, 0.2, 0.3, 0.4].map((l1) => ({ l1, clip_r: 1 + l1 })),
  );
  other = write(
    'Other_1',
    [0.15, 0.25, 0.35, 0.45].map((l1) => ({ l1, clip_r: 0.9 + l1 })),
  );
});

const cellsOf = (text: string) =>
  text.split('\n').map((line) => line.trim().split(/ {2,}/)) as [string, ...string[]][];

test('methods, their paired difference, and published rows, marked as such', () => {
  const { code, stdout } = lusd('compare', ours, other);
  expect(code).toBe(0);
  const rows = cellsOf(stdout.trim());
  expect(rows[0]).toEqual(['n', 'L1 ↓', 'CLIP-R ↑', 'CLIP-AUC ↑', 'L1* ↓']);
  const row = (name: string) => rows.find(([first]) => first === name)!;
  expect(row('Ours').slice(0, 4)).toEqual(['Ours', '4', '0.2500', '1.2500']);
  expect(row('Other_1').slice(0, 4)).toEqual(['Other_1', '4', '0.3000', '1.2000']);
  const at = rows.findIndex(([name]) => name === 'Other_1 - Ours');
  // The difference is the same for each item, so that its interval has no width.
  expect(rows.slice(at, at + 3).map((cells) => cells[1])).toEqual(['0.0500', '0.0500', '0.0500']);
  expect(stdout).toMatch(/^HIVE \(published, arXiv 2412\.15216\) +0\.1092 +- +- +-$/m);
  expect(stdout).toMatch(/^LUSD \(published, arXiv 2503\.11054\) +0\.063 +- +0\.074 +0\.015$/m);
  expect(lusd('compare', ours, other, '--no-published').stdout).not.toContain('published');
});

test('intervals draw whole sessions', () => {
  // Two sessions: of drawn pairs a quarter is the first twice, a quarter the second twice.
  const { events } = lusd('compare', ours, '--json');
  const [{ summary }] = events.at(-1)!.methods as [{ summary: { l1: { low: number; high: number } } }];
  expect(summary.l1.low).toBeCloseTo(0.15, 12);
  expect(summary.l1.high).toBeCloseTo(0.35, 12);
});

test('one category', () => {
  const { code, stdout } = lusd('compare', ours, other, '--category', 'add');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Ours +2 +0\.3000 /m);
  expect(stdout).toMatch(/^LUSD \(published, \S+ \S+\) +0\.059 /m);
  expect(stdout).not.toContain('HIVE');
});

describe('formats', () => {
  test('CSV', () => {
    const rows: string[][] = parse(lusd('compare', ours, other, '--format', 'csv').stdout);
    expect(rows[1]!.slice(0, 3)).toEqual(['Ours', '4', '0.2500']);
  });

  test('Markdown', () => {
    const lines = lusd('compare', ours, other, '--format', 'markdown').stdout.split('\n');
    expect(lines[0]).toBe('|  | n | L1 ↓ | CLIP-R ↑ | CLIP-AUC ↑ | L1\\* ↓ |');
    expect(lines[1]).toBe('| --- | ---: | ---: | ---: | ---: | ---: |');
    expect(lines.find((line) => line.startsWith('| Other'))).toMatch(/^\| Other\\_1 \| 4 \| 0\.3000 \|/);
  });

  test('LaTeX', () => {
    const { stdout } = lusd('compare', ours, other, '--format', 'latex');
    expect(stdout).toMatch(/^\\begin\{tabular\}\{lrrrrr\}$/m);
    expect(stdout).toMatch(/^ & n & L1 \$\\downarrow\$ & CLIP-R \$\\uparrow\$ &/m);
    expect(stdout).toMatch(/^Other\\_1 & 4 & 0\.3000 & .* \\\\$/m);
    expect(stdout).toMatch(/^95 \\% from & /m);
  });
});

test('infinite and missing values are said beside the means', () => {
  const scores = ['inf', 20, 'nan', 30].map((psnr) => ({ psnr }));
  const { stdout } = lusd('compare', write('Infinite', scores));
  expect(stdout).toMatch(/^Infinite +4 +inf$/m);
  expect(stdout).toMatch(/^PSNR of Infinite: 1 without a value \(nan\), left out\.$/m);
  expect(stdout).toMatch(/^PSNR of Infinite: 1 infinite; 25\.00 without them\.$/m);
});

test('the success curve is drawn from the shares, "Ours" in black', () => {
  const curve = join(root, 'curve.svg');
  expect(lusd('compare', ours, other, '--success-curve', curve).code).toBe(0);
  const svg = readFileSync(curve, 'utf8');
  const [first, second] = Array.from(
    svg.matchAll(/<polyline points="([^"]+)" fill="none" stroke="([^"]+)"/g),
    ([, points, stroke]) => ({ points: points!.split(' '), stroke }),
  );
  expect([first!.stroke, second!.stroke === '#000000']).toEqual(['#000000', false]);
  expect(first!.points).toHaveLength(41);
  const y = (i: number) => Number(first!.points[i]!.split(',')[1]);
  // All are above 1.00, half above 1.25, none above 1.40.
  expect(y(25)).toBeCloseTo((y(0) + y(40)) / 2, 1);
  expect(y(0)).toBeLessThan(y(40));
  for (const text of ['CLIP-R', 'Ratio of successful edits', 'Other_1']) expect(svg).toContain(`>${text}<`);
});

describe('is one error:', () => {
  test.each<[what: string, flags: () => string[], says: RegExp]>([
    ['no file', () => [join(root, 'nowhere')], /nowhere cannot be read/],
    [
      'another file',
      () => {
        writeFileSync(join(root, 'other.json'), '{"method": 1}');
        return [join(root, 'other.json')];
      },
      /other\.json is no scores\.json of an evaluation: 'method'/,
    ],
    [
      'another benchmark',
      () => [ours, write('Bench', [{ l1: 1 }], { benchmark: 'PIE-Bench' })],
      /Ours is of MagicBrush, all turns but \S+Bench of PIE-Bench; compare results of one benchmark/,
    ],
    ['one name twice', () => [ours, ours], /two methods are called Ours; .* another --name/],
    [
      'other items',
      () => [ours, write('Short', [{ l1: 1, clip_r: 1 }])],
      /Short has no scores of 0-output2, 1-output1, 1-output2; .* --allow-incomplete/,
    ],
    ['another category', () => [ours, '--category', 'paint'], /paint is none of all, add, change/],
    ['another picture', () => [ours, '--success-curve', 'x.png'], /x\.png must end in \.svg/],
    [
      'no CLIP-R',
      () => [write('Plain', [{ l1: 1 }]), '--success-curve', join(root, 'never.svg')],
      /Plain has no CLIP-R, which the success curve needs/,
    ],
  ])('%s', (_, flags, says) => {
    const { code, stdout, stderr } = lusd('compare', ...flags());
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });

  test('what is not common may be left out', () => {
    const short = write('Short', [{ l1: 1, clip_r: 1 }]);
    const { stdout } = lusd('compare', ours, short, '--allow-incomplete', '--no-published');
    expect(stdout).toMatch(/^Ours +1 +0\.1000 /m);
  });
});
