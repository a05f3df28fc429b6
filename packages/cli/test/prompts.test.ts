import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { expect, test } from 'vitest';
import { type LusdEvent, lusd, QUICK, SHAPES, temporaryFolder, thorough } from './lusd.ts';
import { disc, HEADER, writeInput } from './pictures.ts';

const folder = temporaryFolder();
const picture = join(folder, 'disc.png');
const output = join(folder, 'out.png');
writeFileSync(picture, encodePng(disc()));

/** Longer than the small model's 22 tokens; what is read ends with "on". */
const words = (colour: string) => `${'a '.repeat(19)}${colour} circle on sand`;
const SOURCE = words('red');
const TARGET = words('blue');

/** Of each warning: which prompt, the words that are not read, and those of the mask among them. */
function unreadOf(events: readonly LusdEvent[]): unknown[] {
  return events
    .filter(({ event }) => event === 'warning')
    .map(({ prompt, unread, maskWords }) => [prompt, unread, maskWords]);
}

test('B15: generate names the words of both prompts that the model does not read', () => {
  const flags = ['--weights', SHAPES, '--steps', '1', '--size', '64', '--output', output];
  const prompts = ['--prompt', SOURCE, '--negative-prompt', `${TARGET} and grass`];
  const { code, events } = lusd('generate', ...flags, ...prompts, '--json');
  expect(code).toBe(0);
  expect(unreadOf(events)).toEqual([
    ['prompt', 'sand', []],
    ['negative prompt', 'sand and grass', []],
  ]);
  const unguided = lusd('generate', ...flags, ...prompts, '--guidance-scale', '1', '--json');
  expect(unreadOf(unguided.events)).toEqual([['prompt', 'sand', []]]);
  const whole = lusd('generate', ...flags, ...prompts, '--long-prompts', '--json');
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  expect(unreadOf(whole.events)).toEqual([]);
});

thorough('B15: edit and replay name them once for each prompt, with those of the mask', () => {
  const prompts = ['--source-prompt', SOURCE, '--target-prompt', `${words('red')} and a star`];
  const record = join(folder, 'run.safetensors');
  const flags = [...QUICK, ...prompts, '--image', picture, '--output', output];
  const { code, stderr } = lusd('edit', ...flags, '--record', record);
  expect(code).toBe(0);
  expect(stderr).toContain(
    'warning: the target prompt is too long: the model does not read "sand and a star", with "star" of the mask; ' +
      'shorten it, or use --long-prompts\n',
  );
  expect(stderr.match(/warning:/g)).toHaveLength(2);
  const replayed = lusd(...['replay', record, '--weights', SHAPES, ...prompts, '--output', output, '--json']);
  expect(unreadOf(replayed.events)).toEqual([
    ['source prompt', 'sand', []],
    ['target prompt', 'sand and a star', ['star']],
  ]);
  const whole = lusd('edit', ...flags, '--long-prompts', '--json');
  expect(whole.code).toBe(0);
  expect(unreadOf(whole.events)).toEqual([]);
  const [targets] = whole.events.filter(({ event }) => event === 'targets');
  expect(targets).toMatchObject({ indices: [26], words: [{ text: 'star', indices: [26] }] });
});

thorough(
  'B15: run names them once for each prompt, whatever the number of seeds, and notes how prompts were read',
  () => {
    const input = writeInput(join(folder, 'input'), { 'disc.png': encodePng(disc()) });
    writeFileSync(
      join(input, 'index.csv'),
      `${HEADER}\ndisc.png,a circle,${TARGET}\ndisc.png,${SOURCE},a circle\n`,
    );
    const results = join(folder, 'results');
    const flags = [...QUICK, '--num-seed', '2', '--input-dir', input, '--output-dir', results, '--json'];
    const { code, events } = lusd('run', ...flags, '--num-steps', '1');
    expect(code).toBe(0);
    expect(unreadOf(events)).toEqual([
      ['target prompt', 'sand', ['sand']],
      ['source prompt', 'sand', []],
    ]);
    const whole = lusd('run', ...flags, '--num-steps', '1', '--long-prompts');
    expect(unreadOf(whole.events)).toEqual([]);
    expect(whole.events.at(-1)).toMatchObject({ event: 'summary', edited: 4, skipped: 0 });
    const config = readFileSync(join(results, '.cache/000_seed0/config.json'), 'utf8');
    expect(JSON.parse(config)).toMatchObject({ long_prompts: true });
  },
);
