import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng, readImage } from '@lusd/sd-models/node';
import { describe, expect, test } from 'vitest';
import type { ReportData } from '../src/report/model.ts';
import { BIN, lusd, lusdIn, ONE_ERROR, PROMPTS, QUICK, SHAPES, temporaryFolder, thorough } from './lusd.ts';
import { disc, filesOf } from './pictures.ts';

const folder = temporaryFolder();
const picture = join(folder, 'disc.png');
writeFileSync(picture, encodePng(disc()));

describe('lusd generate', () => {
  const flags = ['--weights', SHAPES, '--prompt', 'a red circle on sand', '--steps', '2', '--size', '64x72'];
  const generate = (name: string, ...more: string[]) => {
    const output = join(folder, name);
    expect(lusd('generate', ...flags, '--output', output, ...more)).toMatchObject({ code: 0, stdout: '' });
    return readFileSync(output);
  };

  thorough('a seed gives one picture, of the size asked for, and another seed another', async () => {
    const first = generate('first.png', '--seed', '1');
    const { width, height } = await readImage(join(folder, 'first.png'));
    expect([width, height]).toEqual([64, 72]);
    expect(generate('again.png', '--seed', '1').equals(first)).toBe(true);
    expect(generate('other.png', '--seed', '2').equals(first)).toBe(false);
  });

  test('from a picture', () => {
    const { code, events } = lusd(
      ...['generate', ...flags, '--image', picture, '--strength', '0.5', '--json'],
      ...['--output', join(folder, 'varied.png')],
    );
    expect(code).toBe(0);
    expect(events.map(({ event }) => event)).toEqual(['device', 'loading', 'dtype', 'step', 'done']);
    expect(events[2]).toMatchObject({
      dtype: expect.stringMatching(/^f(?:16|32)$/),
      reason: expect.stringMatching(/^the (?:weights are stored as F16|adapter has no shader-f16)/),
    });
  });
});

test.each([
  [
    ['generate', '--prompt', 'x', '--output', 'x.png', '--strength', '3'],
    /'3' is invalid: it must be from 0 to 1/,
  ],
  [
    ['generate', '--prompt', 'x', '--output', 'x.png', '--eta', '-1'],
    /'-1' is invalid: it must be from 0 to 1/,
  ],
  [['generate', '--prompt', 'x', '--output', 'x.png', '--strength', '0.5'], /--strength needs an --image/],
  [['generate', '--prompt', 'x', '--output', 'x.png', '--eta', '0.5'], /--eta needs --sampler ddim/],
  [['demo', '--num-steps', '0'], /--num-steps must be at least 1, but is 0/],
  [['demo', '--lr', '-1'], /--lr must be at least 0, but is -1/],
])('wrong usage %j is told before anything is loaded or written', (args, says) => {
  const { code, stderr } = lusd(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(ONE_ERROR);
  expect(stderr).toMatch(says);
});

describe('lusd weights', () => {
  const converted = join(folder, 'converted');

  thorough('convert: f16 to f32 loses nothing, so that an edit gives the same picture', () => {
    expect(lusd('weights', 'convert', SHAPES, converted, '--dtype', 'f32')).toMatchObject({ code: 0 });
    const { code, events } = lusd('weights', 'inspect', converted, '--json');
    expect(code).toBe(0);
    expect(events).toMatchObject(
      ['unet', 'vae', 'text_encoder'].map((name) => ({
        name,
        dtypes: { F32: expect.any(Number) },
        problem: null,
      })),
    );
    const pictures = [SHAPES, converted].map((weights, n) => {
      const output = join(folder, `by${n}.png`);
      const flags = [
        ...QUICK,
        '--dtype',
        'f32',
        '--weights',
        weights,
        ...PROMPTS,
        '--image',
        picture,
        '--output',
        output,
      ];
      expect(lusd('edit', ...flags)).toMatchObject({ code: 0 });
      return readFileSync(output);
    });
    expect(pictures[1]!.equals(pictures[0]!)).toBe(true);
  });

  test('convert overwrites nothing', () => {
    const { code, stderr } = lusd('weights', 'convert', SHAPES, folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(/exists; choose another folder/);
  });

  test('pull in offline mode says what is missing, and how to get it', () => {
    const env = { HF_HOME: folder, HF_HUB_OFFLINE: '1' };
    const { code, stderr } = lusdIn({ env }, 'weights', 'pull', 'sd15');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Licence: CreativeML OpenRAIL-M/);
    expect(stderr.split('\n').at(-1)).toMatch(
      /'model_index\.json' .* offline mode is on; unset HF_HUB_OFFLINE/,
    );
    expect(lusd('weights', 'pull', 'sd3')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /'sd3' is invalid.*: allowed choices are sd15, sd15-fp32, sd15-single, clip/,
      ),
    });
  });
});

describe('lusd doctor', () => {
  test('says what there is and what is missing', () => {
    const { code, events } = lusd('doctor', '--json');
    expect(code).toBe(0);
    expect(events).toMatchObject([
      { section: 'machine', node: process.version, memory: { total: expect.any(Number) } },
      {
        section: 'adapter',
        adapter: { name: expect.any(String) },
        limits: { maxBufferSize: expect.any(Number) },
      },
      { section: 'weights', weights: { shapes: expect.any(String) }, cacheDir: expect.any(String) },
    ]);
    for (const event of events) expect(event.missing).toBeInstanceOf(Array);
  });

  test('without an adapter it still reports, and ends with an error', () => {
    const { code, stdout, stderr } = lusd('doctor', '--adapter', 'nonsense');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {2}adapter {2}none\n {2}missing: .*nonsense.*\.$/m);
    expect(stdout).toMatch(/^Weights$/m);
    expect(stderr).toMatch(ONE_ERROR);
  });
});

thorough('lusd demo edits every picture and writes a page with all of them', () => {
  const output = join(folder, 'demo');
  const { code, stderr } = lusd('demo', '--output', output, '--num-steps', '1');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^Editing 3 drawn pictures: /m);
  expect(stderr).toMatch(/^recolour-heart: [\d.]+ s; about \d+ s for the 2 left\.$/m);
  expect(stderr).toMatch(/^insert-hat: [\d.]+ s\.$/m);
  expect(stderr).toMatch(/Open .*demo\/index\.html to look at the results\.$/);
  const files = filesOf(output);
  const page = files['index.html']!.toString();
  const results = Object.keys(files).filter((name) => /^[^/]+\.png$/.test(name));
  expect(results).toHaveLength(3);
  const { report, pictures } = JSON.parse(
    /<script[^>]*id="data">(.*)<\/script>/.exec(page)![1]!,
  ) as ReportData;
  expect(report.edits.map(({ name }) => `${name}.png`).sort()).toEqual(results);
  // Every picture is in the page itself.
  for (const { source, results: made } of report.edits)
    for (const index of [source, ...made.map(({ picture }) => picture)])
      expect(pictures[index!]?.src).toMatch(/^data:image\/webp;base64,/);
});

test('a reader that has gone ends the command, as SIGPIPE would', async () => {
  const child = spawn(process.execPath, [BIN, 'doctor', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.destroy();
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect(code).toBe(141);
});
