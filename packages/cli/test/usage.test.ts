import { expect, test } from 'vitest';
import { lusd } from './lusd.ts';

test('the version and the help are no errors', () => {
  expect(lusd('--version')).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  const help = lusd('--help');
  expect(help.code).toBe(0);
  for (const command of ['edit', 'run', 'replay', 'generate', 'metrics', 'weights', 'doctor', 'demo']) {
    expect(help.stdout).toContain(command);
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
