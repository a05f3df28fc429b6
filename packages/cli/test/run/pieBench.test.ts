import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { describe, expect, test } from 'vitest';
import { lusd, ONE_ERROR, QUICK, temporaryFolder } from '../lusd.ts';
import { disc, filesOf } from '../pictures.ts';

const root = temporaryFolder();
const bench = join(root, 'PIE-Bench');
const picture = '1_change_object_80/1_artificial/111.jpg';
const entry = {
  image_path: picture,
  original_prompt: 'a [red] circle on sand',
  editing_prompt: 'a [blue circle on sand',
  editing_type_id: '1',
  mask: [],
};

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

write(join(bench, 'data/mapping_file.json'), JSON.stringify({ '111': entry }));
write(join(bench, 'data/annotation_images', picture), encodePng(disc()));

const run = (...flags: string[]) => lusd('run', ...QUICK, '--pie-bench', bench, ...flags);

test("an edit is written where PIE-Bench's evaluation looks for it, and is found there again", () => {
  const output = join(root, 'ours');
  const { code } = run('--output-dir', output);
  expect(code).toBe(0);
  const result = 'annotation_images/1_change_object_80/1_artificial/111';
  expect(Object.keys(filesOf(output)).filter((name) => !name.includes('.cache/'))).toEqual([`${result}.png`]);
  const configuration = JSON.parse(
    readFileSync(join(output, dirname(result), '.cache', basename(result), 'config.json'), 'utf8'),
  ) as object;
  // Brackets are annotation, also where one has no partner.
  expect(configuration).toMatchObject({
    source_prompt: 'a red circle on sand',
    target_prompt: 'a blue circle on sand',
  });
  expect(run('--output-dir', output, '--json').events.map(({ event }) => event)).toEqual([
    'skipped',
    'summary',
  ]);
});

describe('is one error:', () => {
  const never = ['--output-dir', join(root, 'never')];
  test.each<[what: string, flags: string[], says: RegExp]>([
    ['several seeds', ['--pie-bench', bench, '--num-seed', '2'], /--num-seed must be 1 with --pie-bench/],
    ['kept brackets', ['--pie-bench', bench, '--keep-brackets'], /--keep-brackets cannot be used with/],
    ['two lists', ['--pie-bench', bench, '--input-dir', root], /give either --input-dir, .* or --pie-bench/],
    ['no list', [], /give either --input-dir, .* or --pie-bench/],
    ['another folder', ['--pie-bench', root], /has no mapping_file\.json; give PIE-Bench's folder/],
  ])('%s', (_, flags, says) => {
    const { code, stdout, stderr } = lusd('run', ...QUICK, ...never, ...flags);
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });
});
