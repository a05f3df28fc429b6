import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Image } from '@lusd/sd-models';
import { encodePng } from '@lusd/sd-models/node';
import { TURNS, writeTurns } from '@lusd/testing-models/colourClip';
import { describe, expect, test } from 'vitest';
import { type LusdEvent, lusdIn, temporaryFolder } from '../lusd.ts';

const root = temporaryFolder();

function write(path: string, content: Image | string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : encodePng(content));
  return path;
}

const grey = (level: number): Image => ({
  width: 512,
  height: 512,
  data: new Uint8Array(3 * 512 * 512).fill(level),
});

/** Three results in each layout, and the flags that score them. */
const LAYOUTS: Readonly<Record<string, (folder: string) => string[]>> = {
  MagicBrush: (folder) => {
    const { generated, groundTruth } = writeTurns(folder, TURNS);
    return ['--generated-path', generated, '--gt-path', groundTruth, '--metrics', 'l1,l2'];
  },
  'PIE-Bench': (folder) => {
    const edits = [0, 1, 2].map((i) => {
      write(join(folder, 'bench', 'annotation_images', `${i}.png`), grey(10));
      write(join(folder, 'ours', 'annotation_images', `${i}.png`), grey(20 + i));
      const prompts = { original_prompt: 'a', editing_prompt: 'b', editing_instruction: 'c' };
      const rest = { editing_type_id: '0', blended_word: '', mask: [1024, 99] };
      return [`${i}`, { image_path: `${i}.png`, ...prompts, ...rest }];
    });
    write(join(folder, 'bench', 'mapping_file.json'), JSON.stringify(Object.fromEntries(edits)));
    const places = ['--pie-bench', join(folder, 'bench'), '--generated-path', join(folder, 'ours')];
    return [...places, '--metrics', 'mse,mse_unedit_part'];
  },
  pairs: (folder) => {
    for (const i of [0, 1, 2, 3]) write(join(folder, `${i}.png`), grey(10 * i));
    const rows = [1, 2, 3].map((i) => `0.png,${i}.png`);
    const table = write(join(folder, 'pairs.csv'), ['source,result', ...rows, ''].join('\n'));
    return ['--pairs', table, '--metrics', 'mse,psnr'];
  },
};

describe.each(Object.entries(LAYOUTS))('%s', (name, make) => {
  const folder = join(root, name);
  const flags = ['eval', ...make(folder), '--json', '--batch-size', '1', '--output-dir'];
  const out = (output: string) => join(folder, output);
  const kindsOf = (events: readonly LusdEvent[]) => events.map(({ event }) => event);
  const tables = ['scores.csv', 'scores.json'];
  const tablesOf = (output: string) => tables.map((file) => readFileSync(join(out(output), file), 'utf8'));

  test('an evaluation that was killed goes on, and ends as if it had not been', () => {
    lusdIn({}, ...flags, out('whole'));
    const stopping = { STOP_SIGNAL: 'SIGKILL', STOP_AT_LINE: '"event":"scores"' };
    const killed = lusdIn({ preload: 'stopAt', env: stopping }, ...flags, out('killed'));
    expect(killed.signal).toBe('SIGKILL');
    expect(readdirSync(out('killed'))).toEqual(['.cache']);
    const again = lusdIn({}, ...flags, out('killed'));
    expect(kindsOf(again.events)).toEqual(['skipped', 'scores', 'scores', 'done', 'result']);
    expect(again.events[0]).toMatchObject({ count: 1 });
    expect(tablesOf('killed')).toEqual(tablesOf('whole'));
  });

  test('the tasks of a Slurm array put their scores together, and the last writes the tables', () => {
    const array = { SLURM_ARRAY_TASK_MIN: '0', SLURM_ARRAY_TASK_COUNT: '2' };
    const task = (id: string) =>
      lusdIn({ env: { ...array, SLURM_ARRAY_TASK_ID: id } }, ...flags, out('parts'));
    expect(kindsOf(task('0').events)).toEqual(['shard', 'scores', 'scores', 'partial']);
    expect(readdirSync(out('parts'))).toEqual(['.cache']);
    expect(kindsOf(task('1').events)).toEqual(['shard', 'scores', 'done', 'result']);
    expect(tablesOf('parts')).toEqual(tablesOf('whole'));
  });
});

test('where a result cannot be scored, no part is the last, and one more start writes the tables', () => {
  const folder = join(root, 'incomplete');
  const flags = [
    'eval',
    ...LAYOUTS.pairs!(folder),
    '--allow-incomplete',
    '--output-dir',
    join(folder, 'out'),
  ];
  write(join(folder, '2.png'), 'no picture');
  for (const shard of ['0/2', '1/2'])
    expect(lusdIn({}, ...flags, '--shard', shard).stderr).toMatch(
      /no score yet\. .* once all are scored; --shard 0\/1 writes them without results that cannot be scored\.$/,
    );
  expect(lusdIn({}, ...flags, '--shard', '0/1').stdout).toMatch(/^all +2 /m);
});
