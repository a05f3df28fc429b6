import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng, type Image, readImage } from '@lusd/sd-models';
import { beforeAll, describe, expect, test } from 'vitest';
import { lusd, SHAPES, temporaryFolder } from './lusd.ts';

const folder = temporaryFolder();
const picture = join(folder, 'circle.png');

/** A red disc on sand under a pale sky. */
function disc(): Image {
  const data = Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 128, Math.floor(i / 384)];
    const inside = (x - 64) ** 2 + (y - 64) ** 2 < 24 ** 2;
    return (inside ? [220, 40, 40] : y < 60 ? [150, 190, 210] : [200, 175, 125])[i % 3]!;
  });
  return { width: 128, height: 128, data };
}

beforeAll(() => writeFileSync(picture, encodePng(disc())));

const PROMPTS = ['--source-prompt', 'a red circle on sand', '--target-prompt', 'a blue circle on sand'];
const QUICK = ['--weights', SHAPES, '--size', '128', '--num-steps', '2'];

describe('lusd edit', () => {
  test('writes the edited picture, and one JSON object a line for machines', async () => {
    const output = join(folder, 'edited.png');
    const { code, stdout, stderr } = lusd(
      'edit',
      ...QUICK,
      ...PROMPTS,
      '--image',
      picture,
      '--output',
      output,
      '--json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    const edited = await readImage(output);
    expect([edited.width, edited.height]).toEqual([128, 128]);
    expect(edited.data).not.toEqual(disc().data);
  });

  test('records a trajectory that replays to the same picture', () => {
    const [output, record] = [join(folder, 'recorded.png'), join(folder, 'run.safetensors')];
    const made = lusd(
      'edit',
      ...QUICK,
      ...PROMPTS,
      '--image',
      picture,
      '--output',
      output,
      '--record',
      record,
    );
    expect(made.code).toBe(0);
    const again = join(folder, 'replayed.png');
    const replayed = lusd(
      'replay',
      record,
      '--weights',
      SHAPES,
      '--num-steps',
      '2',
      ...PROMPTS,
      '--output',
      again,
    );
    expect(replayed).toMatchObject({ code: 0 });
    expect(readFileSync(again)).toEqual(readFileSync(output));
  });

  test.each([
    ['a missing picture', ['--image', join(folder, 'none.png')], /none\.png/],
    ['a corrupt picture', ['--image', join(folder, 'broken.png')], /broken\.png/],
  ])('%s is one clear error', (_, image, message) => {
    writeFileSync(join(folder, 'broken.png'), 'not a picture');
    const output = join(folder, 'never.png');
    const { code, stderr } = lusd('edit', ...QUICK, ...PROMPTS, ...image, '--output', output);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(output)).toBe(false);
  });

  test('weights that are not there are named', () => {
    const { code, stderr } = lusd(
      ...['edit', '--weights', join(folder, 'nowhere'), ...PROMPTS, '--image', picture],
      ...['--output', join(folder, 'never.png')],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/nowhere/);
  });
});

describe('lusd run', () => {
  const input = join(folder, 'input');
  const output = join(folder, 'output');
  const run = () =>
    lusd(
      'run',
      '--weights',
      SHAPES,
      '--size',
      '128',
      '--num_steps',
      '2',
      '--input_dir',
      input,
      '--output_dir',
      output,
    );

  test('makes every row, reports the one that fails, and does nothing twice', async () => {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(input, 'images'), { recursive: true });
    writeFileSync(join(input, 'images', 'circle.png'), encodePng(disc()));
    const rows = ['circle.png', 'gone.png'].map(
      (name) => `${name},a red circle on sand,a blue circle on sand`,
    );
    writeFileSync(join(input, 'index.csv'), ['img_path,source_prompt,target_prompt', ...rows].join('\n'));

    const first = run();
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(/gone\.png/);
    const made = join(output, '000_seed0.png');
    const { mtimeMs } = statSync(made);
    expect(existsSync(join(output, '.cache', '000_seed0'))).toBe(true);

    const second = run();
    expect(second.code).toBe(1);
    expect(statSync(made).mtimeMs).toBe(mtimeMs);
  });

  test('an index without its columns is named', () => {
    writeFileSync(join(input, 'index.csv'), 'picture,source\ncircle.png,a red circle\n');
    const { code, stderr } = run();
    expect(code).toBe(1);
    expect(stderr).toMatch(/img_path/);
    expect(readFileSync(join(input, 'index.csv'), 'utf8')).toContain('picture');
  });
});
