import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encodePng } from '@lusd/sd-models/node';
import { findChromium } from '@lusd/testing/browser';
import { launchBrowser, openWatched, type Page } from '@lusd/testing/drivenBrowser';
import { beforeAll, describe, expect, test } from 'vitest';
import { lusd, ONE_ERROR, temporaryFolder } from '../lusd.ts';
import { plain } from '../pictures.ts';

const root = temporaryFolder();
const study = join(root, 'study');
const ITEMS = ['0', '1', '2'];
const METRIC = { name: 'l1', title: 'L1', better: 'lower', scale: 1, digits: 4 };
const LEVELS: Readonly<Record<string, number>> = { Ours: 200, Other: 100 };

function writeReport(method: string, more: object = {}): string {
  const folder = join(root, method);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'source.png'), encodePng(plain(10)));
  const items = ITEMS.map((id) => {
    const result = join(folder, `${id}.png`);
    writeFileSync(result, encodePng(plain(LEVELS[method] ?? 0)));
    const scored = { group: id, categories: [], labels: {}, scores: { l1: 0 } };
    return {
      id,
      ...scored,
      result,
      source: join(root, 'source.png'),
      targetText: '</script> "quoted"',
      ...more,
    };
  });
  const report = { method, benchmark: 'pairs of x.csv', metrics: [METRIC], categories: [], items };
  writeFileSync(join(folder, 'scores.json'), JSON.stringify({ ...report, summary: {}, provenance: {} }));
  return folder;
}

let ours = '';
let other = '';
beforeAll(() => {
  [ours, other] = [writeReport('Ours'), writeReport('Other')];
  expect(lusd('study', 'make', ours, other, '--output-dir', study, '--seed', '5').code).toBe(0);
});

interface Key {
  study: string;
  trials: { item: string; left: string; right: string }[];
}
const key = () => JSON.parse(readFileSync(join(study, 'key.json'), 'utf8')) as Key;

test('the page shows the drawn sides, and nothing of it tells the methods', () => {
  const { trials } = key();
  expect(trials.map(({ item }) => item).sort()).toEqual(ITEMS);
  for (const [i, { left, right }] of trials.entries())
    for (const [side, method] of Object.entries({ left, right }))
      expect(readFileSync(join(study, 'page/pictures', `000${i}-${side}.png`))).toEqual(
        encodePng(plain(LEVELS[method]!)),
      );
  const page = readFileSync(join(study, 'page/index.html'), 'utf8');
  expect(page).not.toMatch(/Ours|Other/);
  expect(page).not.toMatch(/https?:\/\//);
  expect(readdirSync(join(study, 'page')).sort()).toEqual(['index.html', 'pictures']);
});

test('the same seed makes the same study', () => {
  const again = join(root, 'again');
  lusd('study', 'make', ours, other, '--output-dir', again, '--seed', '5');
  for (const name of ['key.json', 'page/index.html'])
    expect(readFileSync(join(again, name))).toEqual(readFileSync(join(study, name)));
});

/** Answers as a participant does, with keys, once the pictures are there. */
async function press(page: Page, keys: readonly string[]): Promise<void> {
  for (const name of keys) {
    await page.evaluate('Promise.all(Array.from(document.images, (image) => image.decode()))');
    await page.keyboard.press(name);
  }
}

const chromium = await findChromium();
if (!chromium) console.warn('the study in a browser is left out: the packaged Chromium cannot start here');

test.skipIf(!chromium)(
  'in a browser: keys answer, one is taken back, a page loaded again goes on, and the answers are saved',
  async () => {
    const browser = await launchBrowser(chromium!);
    try {
      const address = pathToFileURL(join(study, 'page/index.html')).href;
      const { page, ...noticed } = await openWatched(await browser.newContext(), address);
      await press(page, ['0', 'Backspace', '1', '2', '0', '1', '2']);
      await page.reload();
      await press(page, ['0', '1', '2', '0', '1', '2', '0', '1']);
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#end [data-save]')]);
      expect(download.suggestedFilename()).toBe('answers-anonymous.json');
      await download.saveAs(join(root, 'saved.json'));
      expect(noticed).toEqual({ errors: [], messages: [], failed: [], foreign: [] });
    } finally {
      await browser.close();
    }
    const saved = JSON.parse(readFileSync(join(root, 'saved.json'), 'utf8')) as {
      study: string;
      answers: { choice: number }[];
    };
    expect(saved.study).toBe(key().study);
    expect(saved.answers.map(({ choice }) => choice)).toEqual([1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    expect(saved.answers.slice(3, 6)).toMatchObject([
      { trial: 0, question: 'overall' },
      { trial: 1, question: 'prompt' },
      { trial: 1, question: 'background' },
    ]);
    const { code, stdout } = lusd('study', 'shares', study, join(root, 'saved.json'));
    expect(code).toBe(0);
    expect(stdout).toContain('1 participant;');
  },
);

function answersOf(choose: (trial: Key['trials'][number], i: number) => number): string {
  const { study: id, trials } = key();
  const answers = trials.map((trial, i) => ({ trial: i, question: 'overall', choice: choose(trial, i) }));
  const path = join(root, 'answers.json');
  writeFileSync(path, JSON.stringify({ study: id, participant: 'one', answers }));
  return path;
}

test('shares are of the method, whichever side it was on', () => {
  const path = answersOf(({ left }, i) => (i === 2 ? 0 : left === 'Ours' ? 1 : 2));
  const { code, stdout } = lusd('study', 'shares', study, path);
  expect(code).toBe(0);
  // Wilson of 2 of 2: from 1 / (1 + z^2 / 2).
  expect(stdout).toMatch(/^Ours over Other +overall +2 +0 +1 +100\.0 % +34\.2 % +100\.0 %$/m);
  expect(stdout).toMatch(/^Ours over Other +quality +0 +0 +0 +- +- +-$/m);
  const { events } = lusd('study', 'shares', study, path, '--json');
  expect(events[0]!.shares).toContainEqual(
    expect.objectContaining({ question: 'overall', wins: 2, ties: 1 }),
  );
});

describe('is one error:', () => {
  const folder = () => join(root, 'never');
  test.each<[what: string, args: () => string[], says: RegExp]>([
    ['one method', () => ['make', ours, '--output-dir', folder()], /name two evaluations or more/],
    ['a folder with a study', () => ['make', ours, other, '--output-dir', study], /study holds a study/],
    [
      'more results than there are',
      () => ['make', ours, other, '--output-dir', folder(), '--count', '4'],
      /--count 4 is more than the 3 results/,
    ],
    [
      'results without a text',
      () => ['make', ours, writeReport('Plain', { targetText: undefined }), '--output-dir', folder()],
      /^error: \d has no target text, which a study shows/,
    ],
    [
      'answers of another study',
      () => {
        const path = answersOf(() => 0);
        writeFileSync(path, readFileSync(path, 'utf8').replace(/"study":"\w+"/, '"study":"x"'));
        return ['shares', study, path];
      },
      /the answers of 'one' are of another study/,
    ],
    ['no answers', () => ['shares', study, join(study, 'key.json')], /key\.json is no file of answers/],
  ])('%s', (_, args, says) => {
    const { code, stdout, stderr } = lusd('study', ...args());
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });
});
