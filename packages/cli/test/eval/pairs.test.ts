import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { lusd, lusdIn, ONE_ERROR, temporaryFolder } from '../lusd.ts';
import { disc, plain } from '../pictures.ts';

const root = temporaryFolder();
const HALF = 64 * 128;
const mask = { width: 128, height: 128, data: new Uint8Array(128 * 128 * 3).fill(255, 0, 3 * HALF) };
const changed = plain(100);
changed.data.fill(151, 0, 3 * HALF);
for (const [name, image] of Object.entries({ source: plain(100), changed, mask, disc: disc() }))
  writeFileSync(join(root, `${name}.png`), encodePng(image));
writeFileSync(join(root, 'text.png'), 'no picture');
const quarter = { width: 64, height: 64, data: mask.data.slice(3 * 6144, 3 * (6144 + 64 * 64)) };
writeFileSync(join(root, 'quarter.png'), encodePng(quarter));
writeFileSync(
  join(root, 'small.png'),
  encodePng({ width: 16, height: 16, data: new Uint8Array(16 * 16 * 3) }),
);

function pairs(name: string, ...lines: string[]): string {
  writeFileSync(join(root, name), [...lines, ''].join('\n'));
  return join(root, name);
}

const PIXELS = ['--metrics', 'l1,mse,mse_edit_part,mse_unedit_part,ssim,psnr_unedit_part'];
const ROWS = [
  'source,result,mask,ground_truth,category',
  'source.png,changed.png,mask.png,source.png,bright',
  'source.png,disc.png,,,',
];

test('rows are scored by what they have', () => {
  const output = join(root, 'scores');
  const csv = pairs('pairs.csv', ...ROWS);
  const { code, events } = lusd('eval', '--pairs', csv, ...PIXELS, '--output-dir', output, '--json');
  expect(code).toBe(0);
  const squared = 0.5 * (51 / 255) ** 2;
  const [first, second]: Record<string, string>[] = parse(readFileSync(join(output, 'scores.csv')), {
    columns: true,
  });
  expect(first).toMatchObject({
    row: '0',
    source: 'source.png',
    mse_unedit_part: '0',
    psnr_unedit_part: 'inf',
  });
  expect(Number(first!.mse)).toBeCloseTo(squared, 12);
  expect(Number(first!.mse_edit_part)).toBeCloseTo(squared, 12);
  expect(Number(first!.l1)).toBeCloseTo(0.5 * (51 / 255), 12);
  expect(second).toMatchObject({ row: '1', l1: 'nan', mse_edit_part: 'nan' });
  expect(Number(second!.mse)).toBeGreaterThan(0);
  expect(events.at(-1)).toMatchObject({ all: { mse: { n: 2, nan: 0 } }, bright: { l1: { n: 1 } } });
});

test('without --metrics, those that some row has everything for', () => {
  const csv = pairs('plain.csv', 'source,result', 'source.png,changed.png');
  // Structure distance is among them, and its model was not pulled.
  const apart = { env: { HF_HOME: join(root, 'hub') } };
  const { code, stderr } = lusdIn(apart, 'eval', '--pairs', csv);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^error: the weights 'dino-b8' are not on this machine; run `lusd weights pull dino-b8`/,
  );
});

describe('is one error:', () => {
  test.each<[what: string, lines: string[], says: RegExp]>([
    ['no rows', ['source,result'], /no rows; add one row a result/],
    ['no column', ['source,output', 'a,b'], /lacks the column result/],
    ['an empty result', ['source,result,mask', 'source.png,,mask.png'], /has no result in row 0; fill it in/],
    ['a missing picture', ['source,result', 'source.png,gone.png'], /missing: \S+gone\.png; fix it/],
    ['a corrupt picture', ['source,result', 'source.png,text.png'], /text\.png is text that begins/],
    [
      'another size',
      ['source,result', 'source.png,small.png'],
      /mse of \S+small\.png cannot be computed\. The result is 16 x 16 but its source is 128 x 128/,
    ],
    [
      'a mask of another size',
      ['source,result,mask', 'source.png,changed.png,quarter.png'],
      /the mask \S+quarter\.png is 64 x 64 but its picture is 128 x 128/,
    ],
  ])('%s', (what, lines, says) => {
    const { code, stdout, stderr } = lusd('eval', '--pairs', pairs(`${what}.csv`, ...lines), ...PIXELS);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });
});
