import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Image } from '@lusd/sd-models';
import { encodePng } from '@lusd/sd-models/node';
import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, test } from 'vitest';
import { lusd, ONE_ERROR, temporaryFolder } from '../lusd.ts';

const SIZE = 512;
const METRICS = ['--metrics', 'psnr,mse,mse_edit_part,mse_unedit_part,psnr_unedit_part'];

let root = '';
let bench = '';
let results = '';

/** Grey, but for the pixels from `from` on, `count` of them, which have another level. */
function grey(level: number, other = level, from = 0, count = 0, width = SIZE): Image {
  const data = new Uint8Array(width * SIZE * 3).fill(level);
  data.fill(other, 3 * from, 3 * (from + count));
  return { width, height: SIZE, data };
}

function write(path: string, image: Image | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof image === 'string' ? image : encodePng(image));
}

const entry = (number: number, type: string, mask: number[]) => ({
  image_path: `${type}_kind/${number}.png`,
  original_prompt: 'a [red] cat',
  editing_prompt: 'a [blue] cat',
  editing_instruction: 'paint it',
  editing_type_id: type,
  blended_word: 'cat cat',
  mask,
});

/** In the second row, where the border is not. */
const START = SIZE + 10;
const mapping = { '000': entry(0, '1', [START, 100]), '001': entry(1, '8', [0, SIZE * SIZE]) };

beforeEach(() => {
  root = temporaryFolder();
  [bench, results] = [join(root, 'data'), join(root, 'ours')];
  write(join(bench, 'mapping_file.json'), JSON.stringify(mapping));
  for (const { image_path } of Object.values(mapping))
    write(join(bench, 'annotation_images', image_path), grey(128));
  write(join(results, 'annotation_images', mapping['000'].image_path), grey(128, 255, START, 100));
  write(join(results, 'annotation_images', mapping['001'].image_path), grey(64));
});

const evaluate = (...flags: string[]) =>
  lusd('eval', '--pie-bench', bench, '--generated-path', results, ...METRICS, ...flags);

/** Of 100 pixels from 128 to 255, over all. */
const CHANGED = (100 / SIZE ** 2) * (127 / 255) ** 2;
const DARKER = (64 / 255) ** 2;

test('scores are the closed forms, unscaled, in the published columns', () => {
  const output = join(root, 'scores');
  const { code, events } = evaluate('--output-dir', output, '--json');
  expect(code).toBe(0);
  const rows: Record<string, string>[] = parse(readFileSync(join(output, 'scores.csv')), { columns: true });
  const [first, second] = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, text]) => [name.replace('ours|', ''), text])),
  );
  expect(Object.keys(rows[0]!)[0]).toBe('file_id');
  expect(
    Object.keys(rows[0]!)
      .slice(1)
      .every((name) => name.startsWith('ours|')),
  ).toBe(true);
  expect(first).toMatchObject({ file_id: '000', mse_unedit_part: '0', psnr_unedit_part: 'inf' });
  expect(Number(first!.mse)).toBeCloseTo(CHANGED, 9);
  expect(Number(first!.mse_edit_part)).toBeCloseTo(CHANGED, 9);
  expect(Number(first!.psnr)).toBeCloseTo(-10 * Math.log10(CHANGED), 5);
  // The mask covers all, so nothing is unedited.
  expect(second).toMatchObject({ file_id: '001', mse_unedit_part: 'nan', psnr_unedit_part: 'nan' });
  expect(Number(second!.psnr)).toBeCloseTo(12.007204, 5);
  expect(events.at(-1)).toMatchObject({
    all: { mse_unedit_part: { n: 1, nan: 1, inf: 0, value: 0 }, psnr_unedit_part: { n: 1, nan: 1, inf: 1 } },
    'change object': { mse: { n: 1 } },
    'change background': { mse: { n: 1, value: expect.closeTo(DARKER, 9) } },
  });
});

test("the table scales as the paper's, and says what a mean leaves out", () => {
  const { code, stdout } = evaluate();
  expect(code).toBe(0);
  expect(stdout).toMatch(/MSE unedited x 1e4 ↓/);
  expect(stdout).toContain((((CHANGED + DARKER) / 2) * 1e4).toFixed(2));
  expect(stdout).toMatch(/^PSNR unedited of all: 1 without a value \(nan\), left out\.$/m);
  expect(stdout).toMatch(/^PSNR unedited of all: 1 infinite; - without them\.$/m);
});

test('a result that is a row of pictures counts with its last square', () => {
  const row = grey(0, 0, 0, 0, 3 * SIZE);
  for (let y = 0; y < SIZE; y++) row.data.fill(64, 3 * (y * 3 * SIZE + 2 * SIZE), 3 * ((y + 1) * 3 * SIZE));
  write(join(results, 'annotation_images', mapping['001'].image_path), row);
  const scores = evaluate('--json').events.filter(({ event }) => event === 'scores');
  expect(scores[1]!.psnr).toBeCloseTo(12.007204, 5);
});

test('a result may be a .png in the place of a .jpg, but not both', () => {
  const renamed = structuredClone(mapping);
  renamed['000'].image_path = '1_kind/0.jpg';
  write(join(bench, 'mapping_file.json'), JSON.stringify(renamed));
  write(join(bench, 'annotation_images/1_kind/0.jpg'), grey(128));
  expect(evaluate().code).toBe(0);
  write(join(results, 'annotation_images/1_kind/0.jpg'), grey(128));
  expect(evaluate().stderr).toMatch(/0\.jpg and \S+0\.png are both results of 000; remove one\.$/);
});

describe('is one error:', () => {
  const path = (id: '000' | '001') => join(results, 'annotation_images', mapping[id].image_path);
  const rewrite = (change: object) =>
    write(
      join(bench, 'mapping_file.json'),
      JSON.stringify({ ...mapping, '000': { ...mapping['000'], ...change } }),
    );

  test.each<[what: string, damage: () => void, says: RegExp]>([
    ['a missing result', () => rmSync(path('000')), /missing: \S+1_kind\/0\.png; fix it/],
    [
      'a result of another name',
      () => write(join(results, 'annotation_images/1_kind/9.png'), grey(1)),
      /without ground truth: \S+1_kind\/9\.png; fix it/,
    ],
    ['a corrupt result', () => write(path('000'), 'no picture'), /0\.png is text that begins "no picture"/],
    [
      'a result of another size',
      () => write(path('000'), { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) }),
      /0\.png is 64 x 64; PIE-Bench's results are 512 x 512, or a row/,
    ],
    [
      'no results',
      () => rmSync(join(results, 'annotation_images'), { recursive: true }),
      /the folder \S+ours\/annotation_images cannot be read/,
    ],
    [
      'an empty folder',
      () => {
        rmSync(join(results, 'annotation_images'), { recursive: true });
        mkdirSync(join(results, 'annotation_images'));
      },
      /the folder \S+ours\/annotation_images is empty/,
    ],
    [
      'no mapping',
      () => rmSync(join(bench, 'mapping_file.json')),
      /has no mapping_file\.json; give PIE-Bench's folder/,
    ],
    [
      'an unknown type',
      () => rewrite({ editing_type_id: '10' }),
      /mapping_file\.json: '000 \/ editing_type_id' is not as in PIE-Bench/,
    ],
    [
      'a mask of odd length',
      () => rewrite({ mask: [5] }),
      /'000 \/ mask' is not as in PIE-Bench: must be pairs of a start and a length/,
    ],
  ])('%s', (_, damage, says) => {
    damage();
    const { code, stdout, stderr } = evaluate();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });
});
