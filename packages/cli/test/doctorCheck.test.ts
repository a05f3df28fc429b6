import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lusd, lusdIn, ONE_ERROR, type Outcome } from './lusd.ts';

const folder = mkdtempSync(join(tmpdir(), 'lusd-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `lusd doctor`, with a driver that reads `text` for what `pattern` matches. */
function doctorWith(pattern: string, text: string, env: Record<string, string>, ...flags: string[]): Outcome {
  const planted = { PLANT_PATTERN: pattern, PLANT_TEXT: text, ...env };
  return lusdIn({ env: planted, preload: 'plantFault' }, 'doctor', ...flags);
}

describe('lusd doctor --check', () => {
  test('reports adapter, driver, Dawn, and each check', () => {
    const { code, stdout, stderr } = lusd('doctor', '--check');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Checking the kernels on /m);
    const [, report = ''] = stdout.split('\nKernels\n');
    expect(report).toMatch(/^ {2}adapter +.*(?:llvmpipe: Mesa|SwiftShader driver) [\d.]+/m);
    expect(report).toMatch(/^ {2}WebGPU +Dawn \(webgpu [\d.]+\)$/m);
    expect(report).toMatch(/^ {2}kernel +dtype +error +allowed +sizes$/m);
    expect(report).toMatch(/^ {2}layerNorm +f16 +[\d.]+e-\d +2\.0e-3 +ok +\[19, 45\] \[45\] \[45\]$/m);
    const [, passed, all, seconds] = /^ {2}in all +(\d+) of (\d+) passed, in ([\d.]+) s$/m.exec(report) ?? [];
    expect(Number(passed)).toBeGreaterThan(70);
    expect(passed).toBe(all);
    expect(Number(seconds)).toBeGreaterThan(0);
  });

  test('ends with an error, and names each kernel that computes wrongly', () => {
    const { code, events } = doctorWith(
      'fn erf\\(x: vec4f\\) -> vec4f \\{',
      '$& if (true) { return x; }',
      {},
      '--check',
      '--json',
    );
    expect(code).toBe(1);
    const checks = events.filter(({ event }) => event === 'check');
    const wrong = checks.filter(({ passed }) => !passed);
    expect(wrong.map(({ name, dtype }) => `${name} ${dtype}`)).toEqual([
      'gelu f32',
      'geglu f32',
      'gelu f16',
      'geglu f16',
      'linear + geglu f32',
      'linear + geglu f16',
    ]);
    expect(wrong[0]).toMatchObject({
      sizes: '[5, 7, 11]',
      error: expect.any(Number),
      tolerance: 2e-5,
      problem: expect.stringMatching(/^element \d+ is -?[\d.]+, not -?[\d.]+$/),
    });
    const result = events.find(({ section }) => section === 'kernels');
    expect(result).toMatchObject({
      failed: 6,
      adapter: expect.any(String),
      webgpu: expect.stringMatching(/^Dawn/),
    });
    expect(result?.checks).toHaveLength(checks.length);
    expect(events.at(-1)).toMatchObject({
      event: 'error',
      message: expect.stringMatching(/^6 of \d+ checks failed/),
    });
  });

  test('is refused without an adapter', () => {
    const { code, stdout, stderr } = lusd('doctor', '--check', '--adapter', 'nonsense');
    expect(code).toBe(1);
    expect(stdout).not.toMatch(/^Kernels$/m);
    expect(stderr).toMatch(ONE_ERROR);
  });
});

test('lusd doctor says what the adapter computes wrongly, and that it is not used', () => {
  // Where nothing is remembered, the adapter is asked.
  const env = { XDG_CACHE_HOME: folder };
  const { code, stdout, stderr } = doctorWith('subgroupAdd\\(f32\\(value\\)\\)', '0.5 * $&', env);
  expect(code).toBe(0);
  const fault =
    /computes wrongly: subgroupAdd of f32 in subgroups of \d+ is [\d.]+ in lane 0, not [\d.]+; subgroups are not used/;
  expect(stderr).toMatch(new RegExp(`^warning: .*${fault.source}`));
  expect(stdout).toMatch(new RegExp(`^ {2}fault +.*${fault.source}`, 'm'));
  expect(stdout).toMatch(/^ {2}subgroup +none$/m);
});
