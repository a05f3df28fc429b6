import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lusd } from './lusd.ts';

test('the version and the help are no errors', () => {
  expect(lusd('--version')).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  expect(lusd('--help').code).toBe(0);
});

test('every file of commands/ is a command, which the help lists and which has help of its own', () => {
  const { stdout } = lusd('--help');
  const listed = Array.from(stdout.matchAll(/^ {2}(\w+)/gm), ([, name]) => name!);
  const files = readdirSync(new URL('../src/commands', import.meta.url));
  const commands = files.map((file) => file.replace(/\.ts$/, ''));
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) {
    expect(listed).toContain(command);
    expect(lusd(command, '--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`lusd ${command}`),
    });
  }
});

test.each([
  [['nonsense'], /unknown command 'nonsense'/],
  [['edit'], /required option/],
  [['doctor', '--nonsense'], /unknown option '--nonsense'/],
  [['generate', '--weights'], /argument missing/],
])('wrong usage %j is one sentence and exit code 2', (args, message) => {
  const { code, stderr, stdout } = lusd(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.split('\n')).toHaveLength(1);
  expect(stdout).toBe('');
});
