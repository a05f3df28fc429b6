import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { describe, expect, test } from 'vitest';
import { nvidiaRemedies } from '../src/doctor/nvidia.ts';
import { BIN, lusdIn, ONE_ERROR, PROMPTS, QUICK, temporaryFolder, thorough } from './lusd.ts';
import { disc } from './pictures.ts';

const folder = temporaryFolder();
const image = join(folder, 'disc.png');
writeFileSync(image, encodePng(disc()));
const EDIT = ['edit', ...QUICK, ...PROMPTS, '--image', image, '--output', join(folder, 'edited.png')];

const DAWN = '/app/node_modules/webgpu/dist/linux-arm64/dawn.node';

describe.each([
  [
    'an old glibc',
    `/lib/aarch64-linux-gnu/libc.so.6: version \`GLIBC_2.38' not found (required by ${DAWN})`,
    /C library \(glibc\) is older than 2\.38.*; use Debian 13, Ubuntu 24\.04/,
  ],
  [
    'an old libstdc++',
    `/lib64/libstdc++.so.6: version \`GLIBCXX_3.4.30' not found (required by ${DAWN})`,
    /C\+\+ library \(libstdc\+\+, GLIBCXX\) is older than 3\.4\.30.*; use a newer one.* or use Debian 13/,
  ],
  [
    'musl without its loader',
    `Error loading shared library ld-linux-aarch64.so.1: No such file or directory (needed by ${DAWN})`,
    /C library is musl \(Alpine\).*; use a system with glibc/,
  ],
  [
    'musl with gcompat',
    `Error relocating ${DAWN}: __fprintf_chk: symbol not found`,
    /C library is musl \(Alpine\).*; use a system with glibc/,
  ],
  ['another reason', `${DAWN}: cannot open shared object file`, /could not be loaded: .*cannot open shared/],
])("where Dawn's library does not load for %s", (_, DLOPEN_ERROR, says) => {
  const circumstances = { preload: 'noDawn', env: { DLOPEN_ERROR } } as const;

  test('edit says so in one sentence', () => {
    const { code, stderr } = lusdIn(circumstances, ...EDIT);
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });

  test('doctor reports the rest', () => {
    const { code, stdout, stderr } = lusdIn(circumstances, 'doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {2}adapter {2}none$/m);
    expect(stdout).toMatch(says);
    expect(stdout).toMatch(/^Weights$/m);
    expect(stderr).toMatch(ONE_ERROR);
  });
});

test("doctor's advice for NVIDIA's containers is given where its kernel driver is, and only there", () => {
  expect(nvidiaRemedies(() => false)).toEqual([]);
  const [remedy] = nvidiaRemedies((path) => path === '/dev/nvidiactl');
  expect(remedy).toMatch(/\/dev\/nvidiactl.*NVIDIA_DRIVER_CAPABILITIES=graphics,compute,utility/);
});

/** What a shell pipe gets of the command's stderr, and the exit code. */
function piped(redirection: string, ...args: string[]): string {
  const command = `${redirection}; echo "exit code $?"`;
  const { stdout } = spawnSync('sh', ['-c', command, 'sh', process.execPath, BIN, ...args], {
    encoding: 'utf8',
    cwd: folder,
  });
  return stdout;
}

describe.skipIf(process.platform !== 'linux')("Dawn's own notes reach nobody", () => {
  thorough('through a pipe', () => {
    expect(piped('"$@" 2>&1 >/dev/null | cat', 'doctor')).toBe('exit code 0\n');
    const output = piped('"$@" 2>&1 >/dev/null | cat', ...EDIT);
    expect(output.split('\n')).toEqual([
      expect.stringMatching(/^Running on /),
      expect.stringMatching(/^Loading /),
      expect.stringMatching(/^Computing in f(?:16|32): the /),
      expect.stringMatching(/^The mask is made from /),
      expect.stringMatching(/edited\.png/),
      'exit code 0',
      '',
    ]);
  });

  test('through a log that is appended to, beside what was there', () => {
    writeFileSync(join(folder, 'log'), 'before\n');
    expect(piped('"$@" >>log 2>&1; cat log', 'doctor', '--adapter', 'nonsense')).toMatch(
      /^before\nMachine\n[\s\S]*Weights\n[\s\S]*\nerror: no edit can run on this machine[^\n]*\.\nexit code 0\n$/,
    );
  });

  test('nor where the reader has gone', () => {
    expect(piped('"$@" 2>&1 >/dev/null | true', 'doctor')).toBe('exit code 0\n');
  });
});
