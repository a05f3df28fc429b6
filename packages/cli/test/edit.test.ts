import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng, readImage } from '@lusd/sd-models/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { lusd, ONE_ERROR, PROMPTS, QUICK, SHAPES, temporaryFolder, thorough } from './lusd.ts';
import { disc } from './pictures.ts';

const folder = temporaryFolder();
const picture = join(folder, 'disc.png');
const edited = join(folder, 'edited.png');
const trajectory = join(folder, 'edited.safetensors');

beforeAll(() => {
  writeFileSync(picture, encodePng(disc()));
  mkdirSync(join(folder, 'folder.png'));
});

describe('lusd edit', () => {
  test('writes the edited picture and its trajectory, and one JSON object a line for machines', async () => {
    const files = ['--image', picture, '--output', edited, '--record', trajectory];
    const { code, events, stderr } = lusd('edit', ...QUICK, ...PROMPTS, ...files, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(events.map(({ event }) => event)).toEqual([
      ...['device', 'loading', 'dtype', 'targets', 'step', 'step', 'done'],
    ]);
    const { width, height, data } = await readImage(edited);
    expect([width, height]).toEqual([64, 64]);
    expect(new Set(data).size).toBeGreaterThan(1);
  });

  test.each([
    ['missing', 'none.png', null, /none\.png cannot be read: ENOENT.*; check the path\.$/],
    [
      'no picture',
      'text.png',
      'not a picture',
      /text\.png is text that begins "not a picture", not PNG; give a picture\.$/,
    ],
    ['a folder', '.', null, /cannot be read: EISDIR.*; name a file, not a folder\.$/],
  ])('a picture that is %s is one clear error', (_, name, content, says) => {
    const path = join(folder, name);
    if (content !== null) writeFileSync(path, content);
    const never = join(folder, 'never.png');
    const { code, stderr } = lusd('edit', ...QUICK, ...PROMPTS, '--image', path, '--output', never);
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
    expect(existsSync(never)).toBe(false);
  });

  test.each([
    ['in no folder', join(folder, 'nowhere', 'out.png'), /the folder \S*nowhere does not exist; create it/],
    ['that is a folder', join(folder, 'folder.png'), /is a folder; name a file to write/],
  ])('an output %s is refused before the work', (_, output, says) => {
    const { code, stderr } = lusd('edit', ...QUICK, ...PROMPTS, '--image', picture, '--output', output);
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });
});

describe('lusd replay', () => {
  const replay = (file: string, ...flags: string[]) =>
    lusd('replay', file, '--weights', SHAPES, ...PROMPTS, '--output', join(folder, 'replayed.png'), ...flags);

  test('gives the picture that was recorded', () => {
    const { code, events } = replay(trajectory, '--json');
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ event: 'done', sameAttempts: true, largestDifference: 0 });
    expect(readFileSync(join(folder, 'replayed.png')).equals(readFileSync(edited))).toBe(true);
  });

  thorough('with other options than recorded says so', () => {
    const { code, stderr } = replay(trajectory, '--num-steps', '9');
    expect(code).toBe(1);
    expect(stderr.split('\n').at(-1)).toMatch(
      /edited\.safetensors holds \d+ draws .*; replay it with the options/,
    );
  });

  test('of what is not a trajectory names the file', () => {
    expect(replay(picture).stderr).toMatch(
      /^error: \S*disc\.png: .*; download the file again, or give another\.$/,
    );
    const weights = join(SHAPES, 'vae', 'diffusion_pytorch_model.safetensors');
    const { code, stderr } = replay(weights);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: \S*safetensors is not a trajectory: it has no draws; record one with --record\.$/,
    );
  });
});
