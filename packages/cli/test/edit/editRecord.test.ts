import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng, readImage } from '@lusd/sd-models/node';
import { describe, expect, test } from 'vitest';
import { parseRecord } from '../../src/edit/editRecord.ts';
import { lusd, PROMPTS, QUICK, SHAPES, temporaryFolder } from '../lusd.ts';
import { disc, writeIndex } from '../pictures.ts';

const folder = temporaryFolder();
const picture = join(folder, 'disc.png');
writeFileSync(picture, encodePng(disc()));

const cache = (name: string) => join(folder, '.cache', name);
const recordIn = (path: string) => parseRecord(readFileSync(join(path, 'edit.json'), 'utf8'), path);

describe('lusd edit', () => {
  test('keeps what it was asked and the steps that it told of', async () => {
    const output = join(folder, 'edited.png');
    const files = ['--image', picture, '--output', output, '--save-step', '1', '--seed', '3', '--json'];
    const { code, events } = lusd('edit', ...QUICK, ...PROMPTS, '--threshold', '0.05', ...files);
    expect(code).toBe(0);
    const record = recordIn(cache('edited'));
    const png = readFileSync(output);
    expect(record).toMatchObject({
      method: 'lusd',
      options: { numSteps: 2, threshold: 0.05 },
      prompts: { source: 'a red circle on sand', target: 'a blue circle on sand' },
      words: ['circle'],
      ...{ image: picture, seed: 3, rng: 'cuda', weights: SHAPES, size: [64, 64], error: null },
      device: events.find(({ event }) => event === 'device')?.name,
      dtype: events.find(({ event }) => event === 'dtype')?.dtype,
      previews: [
        { iteration: 0, file: 'step_000.png' },
        { iteration: 1, file: 'step_001.png' },
      ],
      result: { file: '../../edited.png', sha256: createHash('sha256').update(png).digest('hex') },
    });
    const told = events.filter(({ event }) => event === 'step').map(({ event: _, ...step }) => step);
    expect(record.steps.map(({ exhausted: _, ...step }) => step)).toEqual(told);
    for (const name of [record.source, record.mask]) {
      const { width, height } = await readImage(join(cache('edited'), name!));
      expect([width, height]).toEqual([64, 64]);
    }
  });

  test('keeps no mask and no preview where there was none', () => {
    const output = join(folder, 'plain.png');
    const flags = ['--image', picture, '--output', output, '--target-index', 'none'];
    expect(lusd('edit', ...QUICK, ...PROMPTS, ...flags)).toMatchObject({ code: 0 });
    expect(recordIn(cache('plain'))).toMatchObject({ words: [], mask: null, previews: [] });
    expect(readdirSync(cache('plain')).sort()).toEqual(['edit.json', 'source.png']);
  });
});

test('lusd run keeps why an edit failed, beside those that did not', () => {
  const input = join(folder, 'input');
  mkdirSync(join(input, 'images'), { recursive: true });
  writeFileSync(join(input, 'images', 'good.png'), encodePng(disc()));
  writeFileSync(join(input, 'images', 'damaged.png'), encodePng(disc()).subarray(0, 200));
  writeIndex(input, ['good.png', 'damaged.png', 'none.png']);
  const output = join(folder, 'output');
  const { code } = lusd('run', ...QUICK, '--input-dir', input, '--output-dir', output);
  expect(code).toBe(1);
  const [good, damaged, none] = [0, 1, 2].map((row) => recordIn(join(output, '.cache', `00${row}_seed0`)));
  expect(good).toMatchObject({ image: 'good.png', error: null, steps: [{ iteration: 0 }, { iteration: 1 }] });
  expect(damaged).toMatchObject({
    error: expect.stringMatching(/damaged\.png cannot be decoded/),
    result: null,
  });
  expect(none).toMatchObject({
    error: expect.stringMatching(/no image none\.png/),
    device: null,
    size: null,
  });
  rmSync(output, { recursive: true });
});

test.each([
  ['{', /^a\/edit\.json is not valid JSON: .*; remove it, or make the edit again$/],
  ['null', /^a\/edit\.json is not a record of an edit: invalid type: expected object/i],
  ['{"version": 2}', /^a\/edit\.json is not a record of an edit at version: /],
])('what is no record is one sentence: %s', (text, says) => {
  expect(() => parseRecord(text, 'a/edit.json')).toThrow(says);
});
