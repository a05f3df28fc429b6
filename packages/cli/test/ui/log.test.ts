import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openLog } from '../../src/services.ts';
import { CliError } from '../../src/ui/errors.ts';
import { Progress } from '../../src/ui/progress.ts';

/** What a command writes where stderr is a terminal or not. */
function written(
  isTTY: boolean,
  environment: Record<string, string>,
  flags: { readonly json?: true },
  write: (log: ReturnType<typeof openLog>) => void,
): { stdout: string; stderr: string } {
  const [stdout, stderr] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY, columns: 80 })];
  write(openLog({ stdout, stderr, environment, signal: new AbortController().signal }, flags));
  return { stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

const fail = (log: ReturnType<typeof openLog>) => log.error(new CliError('it is broken; fix it'));

describe('colour', () => {
  test.each([
    ['on a terminal', true, {}, '\x1b[31merror:\x1b[0m it is broken; fix it.\n'],
    ['with an empty NO_COLOR', true, { NO_COLOR: '' }, '\x1b[31merror:\x1b[0m it is broken; fix it.\n'],
    ['not with NO_COLOR', true, { NO_COLOR: '1' }, 'error: it is broken; fix it.\n'],
    ['not on a dumb terminal', true, { TERM: 'dumb' }, 'error: it is broken; fix it.\n'],
    ['not in a file', false, {}, 'error: it is broken; fix it.\n'],
  ])('%s', (_, isTTY, environment, stderr) => {
    expect(written(isTTY, environment, {}, fail)).toEqual({ stdout: '', stderr });
  });
});

describe('progress', () => {
  const advance = (log: ReturnType<typeof openLog>) => {
    using progress = new Progress(log, 4);
    progress.update(4, ' | std 0.0812 (threshold 0.0100)');
  };

  test('has count, speed, time left and note on a terminal, and hands the cursor back', () => {
    const { stderr } = written(true, {}, {}, advance);
    expect(stderr).toMatch(/4\/4 \| \S+ it\/s \| 0s left \| std 0\.0812 \(threshold 0\.0100\)/);
    expect(stderr.lastIndexOf('\x1b[?25h')).toBeGreaterThan(stderr.lastIndexOf('\x1b[?25l'));
  });

  test('is silent elsewhere, and for machines', () => {
    expect(written(false, {}, {}, advance)).toEqual({ stdout: '', stderr: '' });
    expect(written(true, {}, { json: true }, advance)).toEqual({ stdout: '', stderr: '' });
  });
});

test('for machines everything is JSON on stdout', () => {
  const say = (log: ReturnType<typeof openLog>) => {
    log.event('step', { iteration: 0 });
    log.warn('slow');
    log.result({ name: 'unet' }, 'the unet');
    fail(log);
  };
  const { stdout, stderr } = written(true, {}, { json: true }, say);
  expect(stderr).toBe('');
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { event: 'step', iteration: 0 },
    { event: 'warning', message: 'slow' },
    { event: 'result', name: 'unet' },
    { event: 'error', message: 'it is broken; fix it' },
  ]);
});
