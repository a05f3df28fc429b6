import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readScores } from '../../src/report/scores.ts';
import { temporaryFolder } from '../lusd.ts';

const folder = temporaryFolder();

function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('readScores', () => {
  test('takes the numbers of a table, and which way is better from their names', async () => {
    const csv =
      'id,turn,result,category,l1,clip_t,note\n12,1,a/1.png,add,0.5,nan,x\n12,2,a/2.png,change,inf,0.25,y\n';
    const { columns, rows } = await readScores(written('scores.csv', csv));
    expect(columns.map(({ key, title, better }) => [key, title, better])).toEqual([
      ['l1', 'L1', 'lower'],
      ['clip_t', 'CLIP-T', 'higher'],
    ]);
    expect(rows.map(({ result, categories }) => [result, categories])).toEqual([
      ['a/1.png', ['add']],
      ['a/2.png', ['change']],
    ]);
    expect(rows.map(({ values }) => [...values.values()])).toEqual([
      [0.5, Number.NaN],
      [Number.POSITIVE_INFINITY, 0.25],
    ]);
  });

  test('takes the rows that `lusd metrics --output` writes as JSON', async () => {
    const rows = [{ id: '12', turn: 1, result: 'a/1.png', ground_truth: 'b.png', category: null, l1: 0.5 }];
    const table = await readScores(written('rows.json', JSON.stringify(rows)));
    expect(table.columns.map(({ key }) => key)).toEqual(['l1']);
    expect(table.rows).toEqual([{ result: 'a/1.png', categories: [], values: new Map([['l1', 0.5]]) }]);
  });

  test('takes what an evaluation says of its metrics', async () => {
    const metrics = [{ name: 'psnr', title: 'PSNR', better: 'higher', scale: 1, digits: 2 }];
    const items = [{ id: '1', result: 'a.png', categories: ['pose'], scores: { psnr: 'inf' } }];
    const table = await readScores(written('scores.json', JSON.stringify({ metrics, items, summary: {} })));
    expect(table.columns).toEqual([{ key: 'psnr', title: 'PSNR', better: 'higher', scale: 1, digits: 2 }]);
    const values = new Map([['psnr', Number.POSITIVE_INFINITY]]);
    expect(table.rows).toEqual([{ result: 'a.png', categories: ['pose'], values }]);
  });

  test.each([
    ['broken.json', '{', /broken\.json is not valid JSON: /],
    ['other.json', '{"a": 1}', /other\.json has no scores of results; give the \.csv or \.json/],
    ['other.csv', 'a,b\n1,2\n', /other\.csv has no scores of results/],
  ])('refuses %s by its name', async (name, text, says) => {
    await expect(readScores(written(name, text))).rejects.toThrow(says);
  });
});
