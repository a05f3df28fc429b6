import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { expect } from 'vitest';
import { lusd, QUICK, temporaryFolder, thorough } from '../lusd.ts';
import { disc, HEADER, writeInput } from '../pictures.ts';

const folder = temporaryFolder();
const input = writeInput(join(folder, 'input'), { 'disc.png': encodePng(disc()) });

function run(output: string, source: string, target: string, ...flags: string[]) {
  writeFileSync(join(input, 'index.csv'), `${HEADER}\ndisc.png,${source},${target}\n`);
  const where = ['--input-dir', input, '--output-dir', join(folder, output)];
  const { code, stderr, events } = lusd('run', ...QUICK, ...where, '--json', ...flags);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const named = (name: string) => events.filter(({ event }) => event === name);
  const picture = readFileSync(join(folder, output, '000_seed0.png'));
  return { picture, notes: named('note').map(({ message }) => message), targets: named('targets') };
}

thorough('B32: the brackets of PIE-Bench are left out, with a note, unless they are kept', () => {
  const source = 'a [red] circle on sand';
  const plain = run('plain', 'a red circle on sand', 'a blue circle on sand');
  const marked = run('marked', source, 'a [blue] circle on sand');
  expect(plain.notes).toEqual([]);
  expect(marked.notes).toEqual([
    'Square brackets mark edited words and are removed (--keep-brackets keeps them): "a [red] circle on sand", "a [blue] circle on sand".',
  ]);
  expect(marked.targets).toEqual(plain.targets);
  expect(marked.picture.equals(plain.picture)).toBe(true);

  const kept = run('kept', source, 'a [blue] circle on sand', '--keep-brackets');
  expect(kept.notes).toEqual([]);
  expect(kept.targets).not.toEqual(plain.targets);
  expect(kept.picture.equals(plain.picture)).toBe(false);
});
