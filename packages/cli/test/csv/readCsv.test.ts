import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../src/csv/readCsv.ts';
import { temporaryFolder } from '../lusd.ts';

const COLUMNS = ['img_path', 'source_prompt', 'target_prompt'] as const;
const HEADER = COLUMNS.join(',');
const ROW = 'a.png,a café,a dog';
const VALUES = { img_path: 'a.png', source_prompt: 'a café', target_prompt: 'a dog' };

const path = join(temporaryFolder(), 'index.csv');

async function read(content: string | Buffer) {
  writeFileSync(path, content);
  const warnings: string[] = [];
  const rows = await readCsv(path, COLUMNS, (message) => warnings.push(message));
  return { rows, warnings };
}

function utf16(text: string, bigEndian = false): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
}

describe('what pandas refuses, or reads as one column, and is clear', () => {
  const table = `${HEADER}\n${ROW}\n`;
  test.each<[what: string, content: string | Buffer, warns: RegExp | null]>([
    ['UTF-16, little end first', utf16(`\ufeff${table}`), null],
    ['UTF-16, big end first', utf16(`\ufeff${table}`, true), null],
    ["Excel's Unicode text", utf16(`\ufeff${table.replaceAll(',', '\t')}`), /separated by tabs; .* commas$/],
    ['semicolons', table.replaceAll(',', ';'), /separated by semicolons; use commas$/],
    ['semicolons and quoted names', table.replaceAll(',', ';').replace(/\w+_\w+/g, '"$&"'), /semicolons/],
    ['tabs', table.replaceAll(',', '\t'), /tabs/],
    ["Excel's line that names the separator", `sep=;\r\n${table.replaceAll(',', ';')}`, /semicolons/],
    ['the same for commas', `sep=,\n${table}`, null],
    ['blanks around names', `${HEADER.replaceAll(',', ' , ')}\n${ROW}\n`, null],
    ['commas at every end, as spreadsheets write them', `${HEADER},,\n${ROW},,\n,,,,\n`, null],
    ['empty fields beyond the columns', `${HEADER}\n${ROW},,\n`, null],
    [
      'a name twice',
      `${HEADER},img_path\n${ROW},b.png\n`,
      /has the column img_path twice; the first is used$/,
    ],
  ])('%s', async (_, content, warns) => {
    const { rows, warnings } = await read(content);
    expect(rows).toEqual([{ row: 0, values: VALUES }]);
    expect(warnings).toEqual(warns === null ? [] : [expect.stringMatching(warns)]);
  });

  test('rows keep their numbers where others are blank', async () => {
    const { rows } = await read(`${HEADER}\n${ROW}\n\n,,\n  \n , ,\n${ROW}\n,,\n`);
    expect(rows.map(({ row }) => row)).toEqual([0, 3]);
  });
});

describe('what is no such table', () => {
  test.each<[what: string, content: string | Buffer, says: RegExp]>([
    ['nothing', '', /is empty; its first line must name img_path, source_prompt, target_prompt$/],
    ['blank lines', ' \n\n', /is empty; its first line/],
    ['a byte order mark alone', '\ufeff', /is empty; its first line/],
    [
      'an Excel workbook',
      Buffer.from('PK\x03\x04\x14\0\x06\0'),
      /is a zip archive, as Excel's \.xlsx is; save .* 'CSV UTF-8'$/,
    ],
    [
      'an old Excel workbook',
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      /is an Excel workbook; save .* 'CSV UTF-8'$/,
    ],
    ['gzip', Buffer.from('1f8b0800', 'hex'), /is compressed with gzip; unpack it$/],
    [
      'an LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
      /Git LFS pointer .* `git lfs pull`$/,
    ],
    ['UTF-16 without a mark', utf16(`${HEADER}\n`), /is in UTF-16; save it as UTF-8$/],
    [
      'half of UTF-16',
      utf16(`\ufeff${HEADER}\n`).subarray(0, 21),
      /begins as UTF-16 but is not; save it as UTF-8$/,
    ],
    [
      'Latin-1 after CR',
      Buffer.from(`${HEADER}\ra,b,caf\xe9\r`, 'latin1'),
      /line 2 has bytes of another encoding/,
    ],
    ['no line of names', `${ROW}\n`, /lacks the columns .*must name .*, but is: a\.png, a café, a dog$/],
    ['names in another case', `${HEADER.toUpperCase()}\n`, /but is: IMG_PATH, SOURCE_PROMPT, TARGET_PROMPT$/],
    [
      'a web page',
      `<!DOCTYPE html><html>${'<p>a</p>'.repeat(100)}`,
      /but is: <!DOCTYPE html>.{1,200}\.\.\.$/,
    ],
    [
      'commas that are not quoted',
      `${HEADER}\n${ROW}\nb.png,a cat, asleep,a dog\n${ROW}\nc.png,a,b,c,d\n`,
      /lines 3, 5 have more fields than the 3 columns; put a prompt that holds a separator in quotes$/,
    ],
    [
      'the same below a line that names the separator',
      `sep=;\n${HEADER.replaceAll(',', ';')}\na.png;a cat; asleep;a dog\n`,
      /line 3 has more fields than the 3 columns/,
    ],
    [
      'a quote that does not end',
      `${HEADER}\n${ROW}\nb.png,"a cat,a dog\n${ROW}\n`,
      /the quote that opens a field in line 3 is never closed; correct it$/,
    ],
  ])('%s', async (_, content, says) => {
    const failure = read(content);
    await expect(failure).rejects.toThrow(says);
    await expect(failure).rejects.toMatchObject({ name: 'CliError' });
    await expect(failure).rejects.toThrow(path);
  });
});
