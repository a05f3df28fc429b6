import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { someOf } from '@lusd/testing/thorough';
import { describe, expect, test } from 'vitest';
import { lusd, lusdIn, ONE_ERROR, PROMPTS, QUICK, SHAPES, temporaryFolder } from './lusd.ts';
import { disc, filesOf, writeInput } from './pictures.ts';

const folder = temporaryFolder();
const png = encodePng(disc());
const NO_ROOM = /ENOSPC: no space left on device.*; the disk is full: free some space and start again/;

const halfFiles = () => Object.keys(filesOf(folder)).filter((name) => name.includes('.tmp'));

// The kernel's own ENOSPC comes from /dev/full.
describe.skipIf(!existsSync('/dev/full'))('a full disk', () => {
  test('ends a run with one sentence; the earlier result stays, and the next start goes on', () => {
    const input = writeInput(join(folder, 'input'), { 'one.png': png, 'two.png': encodePng(disc(40)) });
    const [output, copy] = [join(folder, 'output'), join(folder, 'copy')];
    const args = ['run', ...QUICK, '--input-dir', input, '--output-dir', output, '--json'];
    expect(lusd(...args)).toMatchObject({ code: 0 });
    cpSync(output, copy, { recursive: true });

    const other = [...args, '--lr', '0.5'];
    const full = lusdIn({ preload: 'fullDisk', env: { FULL_DISK: '/000_seed0.png.' } }, ...other);
    expect(full).toMatchObject({ code: 1, stderr: '' });
    const errors = full.events.filter(({ event }) => event === 'error');
    expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(NO_ROOM)]);
    for (const name of ['000_seed0.png', '001_seed0.png'])
      expect(readFileSync(join(output, name)).equals(readFileSync(join(copy, name))), name).toBe(true);
    expect(halfFiles()).toEqual([]);

    const mended = lusd(...other);
    expect(mended.events.find(({ event }) => event === 'summary')).toMatchObject({ edited: 2, skipped: 0 });
  });

  test.each(
    someOf(
      [
        ['the picture', '/edited.png.', 'edited.png'],
        ['the trajectory', '/recorded.safetensors.', 'recorded.safetensors'],
      ],
      1,
    ),
  )('leaves what an edit wrote before: %s', (_, disk, name) => {
    const picture = join(folder, 'picture.png');
    writeFileSync(picture, png);
    writeFileSync(join(folder, name), 'the earlier one');
    const files = ['--output', join(folder, 'edited.png'), '--record', join(folder, 'recorded.safetensors')];
    const { code, stderr } = lusdIn(
      { preload: 'fullDisk', env: { FULL_DISK: disk } },
      ...['edit', ...QUICK, ...PROMPTS, '--image', picture, ...files],
    );
    expect(code).toBe(1);
    const last = stderr.split('\n').at(-1)!;
    expect(last).toMatch(ONE_ERROR);
    expect(last).toMatch(NO_ROOM);
    expect(last).toContain(name);
    expect(readFileSync(join(folder, name), 'utf8')).toBe('the earlier one');
    expect(halfFiles()).toEqual([]);
  });

  test('leaves no half folder of converted weights', () => {
    const output = join(folder, 'converted');
    const { code, stderr } = lusdIn(
      { preload: 'fullDisk', env: { FULL_DISK: 'diffusion_pytorch_model' } },
      ...['weights', 'convert', SHAPES, output],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(NO_ROOM);
    expect(stderr).toContain(output);
    expect(existsSync(output)).toBe(false);
    expect(halfFiles()).toEqual([]);
  });
});
