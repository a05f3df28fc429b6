import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng, readImage } from '@lusd/sd-models/node';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ReportData } from '../../src/report/model.ts';
import { lusd, ONE_ERROR, temporaryFolder } from '../lusd.ts';
import { disc } from '../pictures.ts';
import { writeEdit } from './samples.ts';

const folder = temporaryFolder();
const results = join(folder, 'results');

/** Bytes of a picture, and of the page without its pictures and data. */
const [MOST_PICTURE, MOST_CODE] = [80_000, 100_000];

function dataOf(page: string): ReportData {
  return JSON.parse(/<script[^>]*id="data">(.*)<\/script>/.exec(page)?.[1] ?? '') as ReportData;
}

beforeAll(() => {
  for (const name of ['one', 'two', 'below/three']) writeEdit(join(results, `${name}.png`));
  writeEdit(join(results, 'bad.png'), { error: 'the device was lost' });
});

describe('lusd report', () => {
  test('writes one page with every edit of a folder, and the pictures in it', async () => {
    const output = join(folder, 'report.html');
    const { code, stdout, stderr } = lusd('report', results, '--output', output);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^Open \S+report\.html to look at 4 edits\.$/);
    const page = readFileSync(output, 'utf8');
    const { report, pictures } = dataOf(page);
    expect(report.title).toBe('results');
    expect(report.edits.map(({ name }) => name)).toEqual(['bad', 'below/three', 'one', 'two']);
    expect(page.length - JSON.stringify({ report, pictures }).length).toBeLessThan(MOST_CODE);
    for (const { src } of pictures) {
      expect(src).toMatch(/^data:image\/webp;base64,/);
      expect(Buffer.from(src.split(',')[1]!, 'base64').length).toBeLessThan(MOST_PICTURE);
    }
    // A drawn picture is kept to the pixel.
    const shown = pictures[report.edits[2]!.results[0]!.picture!]!;
    const copy = join(folder, 'copy.webp');
    writeFileSync(copy, Buffer.from(shown.src.split(',')[1]!, 'base64'));
    expect(await readImage(copy)).toMatchObject(disc(40));
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('of one result is named by its file', () => {
    const output = join(folder, 'alone.html');
    expect(
      lusd('report', join(results, 'one.png'), '--output', output, '--title', 'A "<title>"'),
    ).toMatchObject({
      code: 0,
    });
    const page = readFileSync(output, 'utf8');
    expect(page).toContain('<title>A &quot;&lt;title&gt;&quot;</title>');
    expect(dataOf(page).report.edits.map(({ name }) => name)).toEqual(['one']);
  });

  test('takes scores from the folder and from a file, and compares folders of other methods', () => {
    const theirs = join(folder, 'theirs');
    mkdirSync(theirs, { recursive: true });
    writeFileSync(join(theirs, 'one.png'), encodePng(disc(80)));
    writeFileSync(join(theirs, 'unrelated.png'), encodePng(disc(80)));
    writeFileSync(join(theirs, 'scores.csv'), 'result,clip_t,category\none.png,0.3,change\n');
    const extra = join(folder, 'ours.csv');
    writeFileSync(extra, `result,clip_t\n${join(results, 'one.png')},0.25\n`);
    const output = join(folder, 'compared.html');
    const { code } = lusd('report', results, theirs, '--scores', extra, '--output', output);
    expect(code).toBe(0);
    const { report } = dataOf(readFileSync(output, 'utf8'));
    expect(report.methods).toEqual(['results', 'theirs']);
    const column = report.columns.findIndex(({ key }) => key === 'clip_t');
    const one = report.edits.find(({ name }) => name === 'one');
    expect(one?.results.map(({ values }) => values[column])).toEqual([0.25, 0.3]);
    expect(one?.categories).toEqual(['change']);
    expect(report.edits.map(({ name }) => name)).not.toContain('unrelated');
  });

  test('of more than 30 edits has its pictures beside it, and removes those of an earlier report', () => {
    const many = join(folder, 'many');
    for (let i = 0; i < 31; i++)
      writeEdit(join(many, `${i}.png`), { previews: [], mask: null }, disc(i + 30));
    const output = join(folder, 'many.html');
    const files = join(folder, 'many_files');
    mkdirSync(files, { recursive: true });
    const [stale, foreign] = [join(files, '0123456789abcdef.webp'), join(files, 'notes.txt')];
    for (const path of [stale, foreign]) writeFileSync(path, 'x');
    expect(lusd('report', many, '--output', output)).toMatchObject({ code: 0 });
    const { pictures } = dataOf(readFileSync(output, 'utf8'));
    expect(new Set(pictures.map(({ src }) => src)).size).toBe(32);
    for (const { src } of pictures) expect(statSync(join(folder, src)).size).toBeLessThan(MOST_PICTURE);
    expect([stale, foreign].map(existsSync)).toEqual([false, true]);
  });

  test('warns of a result that is another picture than was made', () => {
    const changed = join(folder, 'changed');
    writeEdit(join(changed, 'x.png'));
    writeFileSync(join(changed, 'x.png'), encodePng(disc(100)));
    const { code, stderr } = lusd('report', changed, '--output', join(folder, 'changed.html'));
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^warning: \S+x\.png changed after the edit; the report shows it without its steps$/m,
    );
  });
});

describe('what cannot be shown is one error, and nothing is written', () => {
  const never = join(folder, 'never.html');
  const empty = join(folder, 'empty');
  const corrupt = join(folder, 'corrupt');

  beforeAll(() => {
    mkdirSync(empty);
    writeFileSync(join(empty, 'picture.png'), encodePng(disc()));
    writeEdit(join(corrupt, 'x.png'));
    writeFileSync(join(corrupt, '.cache', 'x', 'edit.json'), '{"version": 1, "met');
    writeEdit(join(folder, 'torn', 'x.png'));
    writeFileSync(join(folder, 'torn', '.cache', 'x', 'source.png'), 'no picture');
    writeFileSync(join(folder, 'bad.json'), '{}');
  });

  test.each([
    [['none'], 1, /there is no none; give a folder that lusd edit or lusd run wrote to/],
    [[empty], 1, /empty has no results; give a folder that lusd edit or lusd run wrote to/],
    [[results, empty], 1, /empty has no results/],
    [
      [corrupt],
      1,
      /corrupt\/\.cache\/x\/edit\.json is not valid JSON: .*; remove it, or make the edit again/,
    ],
    [[join(folder, 'torn')], 1, /source\.png is text that begins "no picture"/],
    [[results, '--scores', join(folder, 'bad.json')], 1, /bad\.json is no scores\.json of an evaluation/],
    [[results, '--output', 'page.png'], 2, /'page\.png' is invalid: it must end in \.html/],
    [[results, '--output', join(folder, 'nowhere', 'x.html')], 1, /nowhere does not exist; create it/],
    [[], 2, /missing required argument 'folder'/],
  ])('%j', (args, code, says) => {
    const outcome = lusd('report', '--output', never, ...args);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(ONE_ERROR);
    expect(outcome.stderr).toMatch(says);
    expect(existsSync(never)).toBe(false);
  });
});
