import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PALETTE, plain, TURNS, writePicture, writeTurns } from '@lusd/testing-models/colourClip';
import { beforeEach, describe, expect, test } from 'vitest';
import { MetricsError } from '../../src/errors.ts';
import { parseCaptions, parseCategories } from '../../src/metrics/layouts/turnTable.ts';
import { type EvaluationSources, findTurns } from '../../src/node/findTurns.ts';

let sources: EvaluationSources;
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'turns-'));
  const { generated, groundTruth } = writeTurns(root, TURNS);
  sources = { generated, groundTruth, captions: null, categories: null };
});

const remove = (...parts: string[]) => rmSync(join(root, ...parts));
const names = async () => (await findTurns(sources)).items.map(({ labels }) => labels.result);

test('sessions in the order of their numbers, each with its turns and their inputs', async () => {
  const { items, missing, unknown } = await findTurns(sources);
  expect(items.map(({ group, labels }) => [group, labels.turn])).toEqual([
    ['9', 1],
    ['9', 2],
    ['10', 1],
  ]);
  expect(items[1]).toEqual({
    id: '9-output2',
    group: '9',
    categories: [],
    labels: {
      id: '9',
      turn: 2,
      result: '9/9_inde_2.png',
      ground_truth: '9/9-output2.png',
      category: null,
    },
    result: `${root}/results/9/9_inde_2.png`,
    source: `${root}/truth/9/9-output1.png`,
    groundTruth: `${root}/truth/9/9-output2.png`,
    frame: 'whole',
    texts: {},
  });
  expect({ missing, unknown }).toEqual({ missing: [], unknown: [] });
});

test('what is not of independent turns is left alone', async () => {
  const image = plain(PALETTE.red);
  for (const file of ['results/9/9_iter_2.png', 'truth/9/9-mask1.png', 'results/.cache/x_1.png']) {
    writePicture(join(root, file), image);
  }
  writeFileSync(join(root, 'truth', 'edit_sessions.json'), '{}');
  const { items, missing, unknown } = await findTurns(sources);
  expect([items.length, missing, unknown]).toEqual([3, [], []]);
});

test('a missing result is named, and its turn left out', async () => {
  remove('results/9/9_inde_2.png');
  remove('results/10/10_1.png');
  expect(await names()).toEqual(['9/9_1.png']);
  expect((await findTurns(sources)).missing).toEqual([
    `${root}/results/9/9_inde_2.png`,
    `${root}/results/10/10_1.png`,
  ]);
});

describe('final turns', () => {
  const final = () => findTurns({ ...sources, turns: 'final' });
  const write = (file: string) => writePicture(join(root, file), plain(PALETTE.red));

  test('are the last of a chain, compared with the last output and edited from the input', async () => {
    write('results/9/9_iter_2.png');
    const { items, missing, unknown } = await final();
    expect(items.map(({ result }) => result)).toEqual([
      `${root}/results/9/9_iter_2.png`,
      `${root}/results/10/10_1.png`,
    ]);
    expect(items[0]).toMatchObject({
      id: '9-output2',
      source: `${root}/truth/9/9-input.png`,
      groundTruth: `${root}/truth/9/9-output2.png`,
    });
    expect({ missing, unknown }).toEqual({ missing: [], unknown: [] });
  });

  test('that are missing are named, though turns before them are there', async () => {
    write('truth/9/9-output3.png');
    write('results/9/9_iter_2.png');
    expect((await final()).missing).toEqual([`${root}/results/9/9_iter_3.png`]);
    write('results/9/9_iter_3.png');
    write('results/9/9_iter_4.png');
    expect(await final()).toMatchObject({ missing: [], unknown: [`${root}/results/9/9_iter_4.png`] });
  });
});

test('a removal is a change in the table, and remains one in the labels', async () => {
  const categories = parseCategories({ '10': { '10-output1.png': 'remove' } }, 'kinds.json');
  const { items } = await findTurns({ ...sources, categories });
  expect(items).toMatchObject([{ categories: ['change'], labels: { category: 'remove' } }]);
});

test('a gap in the ground truth is one missing file, which two turns need', async () => {
  remove('truth/9/9-output1.png');
  expect((await findTurns(sources)).missing).toEqual([`${root}/truth/9/9-output1.png`]);
  expect(await names()).toEqual(['10/10_1.png']);
});

test('a session without any output, and results without ground truth', async () => {
  remove('truth/10/10-output1.png');
  writePicture(join(root, 'results/9/9_inde_3.png'), plain(PALETTE.red));
  writePicture(join(root, 'results/11/11_1.png'), plain(PALETTE.red));
  expect(await findTurns(sources)).toMatchObject({
    missing: [`${root}/truth/10/10-output1.png`],
    unknown: [`${root}/results/9/9_inde_3.png`, `${root}/results/11/11_1.png`],
  });
});

test('captions and categories are looked up by the name of the ground truth', async () => {
  const all = { '9': { '9-input.png': 'zero', '9-output1.png': 'one', '9-output2.png': 'two' } };
  const local = parseCaptions({ ...all, '10': { '10-output1.png': 'three' } }, 'local.json');
  const captions = { local, global: parseCaptions(all, 'global.json') };
  const categories = parseCategories({ '9': { '9-output1.png': 'add' } }, 'kinds.json');
  const { items, missing } = await findTurns({ ...sources, captions, categories });
  expect(items).toMatchObject([
    {
      texts: { localText: 'one', targetText: 'one', sourceText: 'zero' },
      categories: ['add'],
      labels: { turn: 1, category: 'add' },
    },
  ]);
  expect(missing).toEqual([
    "'9-output2.png' in kinds.json",
    "'10-output1.png' in global.json",
    "'10-output1.png' in kinds.json",
  ]);
});

test('folders that cannot be read or hold something else', async () => {
  const nowhere = { ...sources, generated: join(root, 'nowhere') };
  await expect(findTurns(nowhere)).rejects.toThrow(/the folder \S*nowhere cannot be read/);
  const swapped = { ...sources, groundTruth: sources.generated };
  await expect(findTurns(swapped)).rejects.toThrow(
    /results has no ground truth, such as 12\/12-output1\.png/,
  );
});

describe('files of captions and categories', () => {
  test.each([
    [[], 'c.json: it must be an object of sessions'],
    ['text', 'c.json: it must be an object of sessions'],
    [{ '9': 'text' }, "c.json: '9' must be an object of turns"],
    [{ '9': { '9-output1.png': 1 } }, "c.json: '9 / 9-output1.png' must be a text"],
  ])('%j is refused', (json, message) => {
    expect(() => parseCaptions(json, 'c.json')).toThrow(new MetricsError(`${message}; correct it`));
  });

  test('only three categories', () => {
    expect(() => parseCategories({ '9': { '9-output1.png': 'paint' } }, 'c.json')).toThrow(
      "'9 / 9-output1.png' must be add, change, remove",
    );
  });
});
