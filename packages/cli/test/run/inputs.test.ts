import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { describe, expect, test } from 'vitest';
import { lusd, lusdIn, ONE_ERROR, QUICK, temporaryFolder, thorough } from '../lusd.ts';
import { disc, filesOf, HEADER, writeIndex, writeInput } from '../pictures.ts';

const run = (input: string, output: string, ...flags: string[]) =>
  lusd('run', ...QUICK, '--input_dir', input, '--output_dir', output, ...flags);

describe('an index.csv that cannot be used is one clear error', () => {
  const ROW = 'disc.png,a red circle on sand,a blue circle on sand';
  test.each<[what: string, content: string | Buffer | null, says: RegExp]>([
    ['missing', null, /there is no .*index\.csv; .* img_path, source_prompt, target_prompt/],
    ['empty', '', /index\.csv .*img_path, source_prompt, target_prompt/],
    ['without rows', `${HEADER}\n`, /index\.csv has no rows/],
    [
      'without one column',
      'img_path,source_prompt,prompt\na,b,c\n',
      /lacks the column target_prompt;.* is: img_path, source_prompt, prompt\.$/,
    ],
    [
      'without any column',
      'a;b;c\nd;e;f\n',
      /lacks the columns img_path, source_prompt, target_prompt;.* is: a;b;c\.$/,
    ],
    [
      'with a quote that does not end',
      `${HEADER}\ndisc.png,"a red circle,a blue\n`,
      /index\.csv is malformed: .*quote/i,
    ],
    [
      'with a row of too many columns',
      `${HEADER}\ndisc.png,a red circle, a blue circle\ndisc.png,a,b,c\n`,
      /index\.csv is malformed: line 3 has more fields than the 3 columns; put .* in quotes/,
    ],
    ['of another kind', Buffer.from('PK\x03\x04'), /index\.csv is a zip archive, as Excel's \.xlsx is; save/],
    ['of blank rows alone', `${HEADER}\n,,\n   \n,,\n`, /index\.csv has no rows/],
    [
      'in UTF-16 without a mark',
      Buffer.from(`${HEADER}\n${ROW}\n`, 'utf16le'),
      /index\.csv is in UTF-16; save it as UTF-8/,
    ],
    [
      'in Latin-1',
      Buffer.from(`${HEADER}\n${ROW}\ndisc.png,a caf\xe9,a bar\n`, 'latin1'),
      /index\.csv is not in UTF-8: line 3 .*Latin-1.*; save it as UTF-8/,
    ],
  ])('%s', (_, content, says) => {
    const input = temporaryFolder();
    if (content !== null) writeFileSync(join(input, 'index.csv'), content);
    const { code, stderr, stdout } = run(input, join(input, 'output'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
    expect(stderr).toContain(join(input, 'index.csv'));
  });
});

describe('rows', () => {
  const folder = temporaryFolder();
  const png = encodePng(disc());
  const input = writeInput(join(folder, 'input'), {
    'cut.png': png.subarray(0, 300),
    'text.jpg': Buffer.from('no picture'),
    'empty.png': Buffer.alloc(0),
    'disc.png': png,
  });
  mkdirSync(join(input, 'images', 'folder.png'));
  const names = ['cut.png', 'text.jpg', 'empty.png', 'gone.png', 'folder.png', ''];
  const output = join(folder, 'output');

  test('that fail are named with what to do, the others go on, and the exit code tells', () => {
    writeIndex(input, [...names, 'disc.png']);
    const { code, events, stderr } = run(input, output, '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const errors = events.filter(({ event, job }) => event === 'error' && job !== undefined);
    expect(new Map(errors.map(({ job, message }) => [job, message]))).toEqual(
      new Map([
        [
          '000_seed0',
          expect.stringMatching(
            /cut\.png cannot be decoded as PNG: .*; copy it again, or save it as PNG or JPEG$/,
          ),
        ],
        [
          '001_seed0',
          expect.stringMatching(/text\.jpg is text that begins "no picture", not JPEG; give a picture$/),
        ],
        ['002_seed0', expect.stringMatching(/empty\.png is empty .*; copy or save it again$/)],
        [
          '003_seed0',
          expect.stringMatching(/no image gone\.png .*; correct row 3 of index\.csv or add the file$/),
        ],
        [
          '004_seed0',
          expect.stringMatching(/folder\.png cannot be read: EISDIR.*; name a file, not a folder$/),
        ],
        ['005_seed0', expect.stringMatching(/row 5 of index\.csv has no image; fill in its img_path$/)],
      ]),
    );
    const failed = names.map((_, row) => `00${row}_seed0`);
    const summary = events.find(({ event }) => event === 'summary');
    expect(summary).toMatchObject({ edited: 1, skipped: 0 });
    expect([...(summary!.failed as string[])].sort()).toEqual(failed);
    expect(events.at(-1)?.message).toMatch(/failed; fix the errors above and start again/);
    expect(Object.keys(filesOf(output)).filter((name) => !name.startsWith('.cache'))).toEqual([
      '006_seed0.png',
    ]);
  });

  test('an index with a byte order mark, CRLF and another order of columns is the same index', () => {
    const rows = [...names.map(() => ''), 'disc.png'].map(
      (name) => `a blue circle on sand,"a red circle on sand",${name}`,
    );
    const lines = ['target_prompt,source_prompt,img_path', ...rows];
    writeFileSync(join(input, 'index.csv'), `\ufeff${lines.join('\r\n')}\r\n`);
    const { events } = run(input, output, '--json');
    expect(events.find(({ event }) => event === 'skipped')?.jobs).toEqual(['006_seed0']);
  });

  thorough(
    'B09, B20, B22: quotes in prompts, blank rows and names in other forms are one run without an error',
    () => {
      const folder = temporaryFolder();
      const pictures = writeInput(join(folder, 'input'), { 'cafe\u0301.png': png, 'disc.JPG': png });
      const rows = [
        'caf\u00e9.png,a sign that says "open",a sign that says "closed"',
        ',,',
        'images\\disc.jpg,a 19" screen',
        '   ',
        ',,',
      ];
      writeFileSync(join(pictures, 'index.csv'), [HEADER, ...rows].join('\n'));
      const results = join(folder, 'output');
      const { code, stderr, events } = run(pictures, results, '--json');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const configuration = (name: string) =>
        JSON.parse(readFileSync(join(results, '.cache', name, 'config.json'), 'utf8')) as object;
      expect(configuration('000_seed0')).toMatchObject({
        source_prompt: 'a sign that says "open"',
        target_prompt: 'a sign that says "closed"',
      });
      expect(configuration('002_seed0')).toMatchObject({ source_prompt: 'a 19" screen', target_prompt: '' });
      expect(events.filter(({ event }) => event === 'note' || event === 'warning')).toEqual([
        {
          event: 'warning',
          message: expect.stringMatching(
            /index\.csv has no target_prompt in row 2; an empty target is used$/,
          ),
        },
        {
          event: 'note',
          message: 'Images whose names differ in case were used: images/disc.JPG for images\\disc.jpg.',
        },
      ]);
      expect(events.find(({ event }) => event === 'summary')).toMatchObject({ edited: 2, failed: [] });
    },
  );

  test('a picture that may not be read is named', () => {
    const secret = join(input, 'images', 'secret.png');
    writeFileSync(secret, png);
    for (const path of [folder, input, output]) chmodSync(path, 0o777);
    chmodSync(secret, 0);
    writeIndex(input, ['secret.png']);
    const where = ['--input-dir', input, '--output-dir', output];
    const { code, stderr } = lusdIn({ unprivileged: true }, 'run', ...QUICK, ...where);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: 000_seed0: the image \S*secret\.png cannot be read: EACCES.*; change its permissions or choose another place\.$/m,
    );
  });
});
