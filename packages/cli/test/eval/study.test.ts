import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { encodePng } from '@lusd/sd-models/node';
import { Browser, findChromium } from '@lusd/testing/browser';
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

/** What a participant does: the method whose picture has the wanted name wins, but for one answer that is taken back. */
const PARTICIPANT = `
<script>
URL.createObjectURL = (blob) => {
  blob.text().then((body) => fetch('/answers', { method: 'POST', body }));
  return 'blob:none';
};
HTMLAnchorElement.prototype.click = () => {};
const press = (key) => document.dispatchEvent(new KeyboardEvent('keydown', { key }));
press('0');
press('Backspace');
for (let i = 0; i < 12; i++) press(['1', '2', '0'][i % 3]);
press('1');
document.querySelector('#end [data-save]').click();
</script>`;

/** Serves the page with a participant's script, and emits `answers` with those that it saves. */
function serveStudy(): Server {
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      server.emit('answers', await text(request));
      return response.end();
    }
    const isPage = request.url === '/';
    const path = join(study, 'page', isPage ? 'index.html' : request.url!);
    if (!existsSync(path)) return response.writeHead(404).end();
    const file = readFileSync(path);
    response.writeHead(200, { 'content-type': isPage ? 'text/html' : 'image/png' });
    return response.end(isPage ? file.toString().replace('</html>', `${PARTICIPANT}</html>`) : file);
  });
  return server;
}

const chromium = await findChromium();

test.skipIf(chromium === null)(
  'in a browser: keys answer, one is taken back, and the answers are saved',
  async () => {
    const server = serveStudy();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await using _ = new Browser(chromium!, `http://127.0.0.1:${port}/`);
      const [answers] = (await once(server, 'answers')) as [string];
      const saved = JSON.parse(answers) as { study: string; answers: { choice: number }[] };
      expect(saved.study).toBe(key().study);
      expect(saved.answers.map(({ choice }) => choice)).toEqual([1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
      expect(saved.answers.slice(3, 6)).toMatchObject([
        { trial: 0, question: 'overall' },
        { trial: 1, question: 'prompt' },
        { trial: 1, question: 'background' },
      ]);
      writeFileSync(join(root, 'saved.json'), JSON.stringify(saved));
      const { code, stdout } = lusd('study', 'shares', study, join(root, 'saved.json'));
      expect(code).toBe(0);
      expect(stdout).toContain('1 participant;');
    } finally {
      server.closeAllConnections();
      server.close();
    }
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
