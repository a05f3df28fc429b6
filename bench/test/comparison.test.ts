import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METHODS } from '@lusd/lusd';
import { afterAll, describe, expect, test } from 'vitest';
import { COMPARED, flagsFor } from '../src/comparison/methods.ts';

const MAIN = fileURLToPath(new URL('../src/comparison/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lusd-comparison-'));
afterAll(() => rmSync(folder, { recursive: true }));

function compare(...args: string[]): string {
  const command = ['--import', 'tsx', MAIN, '--output', folder, ...args];
  return execFileSync('node', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

describe('compare:edits', () => {
  test('goes from edits to a table and a page, and makes no result again', () => {
    const args = ['--edits', '2', '--num-steps', '2', '--method', 'lusd', '--method', 'sdedit'];
    const output = compare(...args);
    const table = readFileSync(join(folder, 'table.md'), 'utf8');
    expect(output).toContain(table);
    expect(table).toMatch(/\| LUSD \| 2 \|/);
    expect(table).toMatch(/\| SDEdit \| 2 \|/);
    expect(table).toMatch(/\| SDEdit - LUSD \|/);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).toContain('an orange heart on grass');
    const files = ['lusd/000_seed0.png', 'sdedit/001_seed0.png'].map((file) => join(folder, file));
    const made = files.map((file) => readFileSync(file));
    expect(compare(...args)).toContain(table);
    expect(files.map((file) => readFileSync(file))).toEqual(made);
  }, 120_000);

  test('names the methods that there are', () => {
    expect(() => compare('--method', 'best')).toThrow();
  });

  test.each(COMPARED)('has settings of %s that it knows', (method) => {
    for (const flag of flagsFor(method).filter((word) => word.startsWith('--')))
      expect(Object.keys(METHODS[method].defaults).map(flagOf)).toContain(flag);
  });
});

/** `numSteps` as it is given on the command line. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
