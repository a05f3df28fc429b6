import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lusdIn } from './lusd.ts';

const folder = mkdtempSync(join(tmpdir(), 'lusd-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bench = (...flags: string[]) =>
  lusdIn(
    { env: { XDG_CACHE_HOME: folder } },
    'bench',
    ...['--weights', 'shapes', '--size', '64', '--runs', '1'],
    ...flags,
  );

describe('lusd bench', () => {
  test('lists the kernels of each part of the model', () => {
    const { code, stdout } = bench();
    expect(code).toBe(0);
    for (const part of ['UNet, batch 2', 'encode', 'decode'])
      expect(stdout).toMatch(
        new RegExp(`^${part}: [\\d.]+ ms\\noperation +count +ms +GFLOP/s +GB/s\\n`, 'm'),
      );
    expect(stdout).toMatch(/^conv2d +\d+ /m);
    expect(existsSync(join(folder, 'lusd', 'tuned-products.json'))).toBe(false);
  });

  test('--tune keeps what it measured, which doctor names', () => {
    const { code, events } = bench('--tune', '--json');
    expect(code).toBe(0);
    const tuning = events.find(({ event, part }) => event === 'result' && part === 'tuning');
    const file = join(folder, 'lusd', 'tuned-products.json');
    expect(tuning).toMatchObject({ file, products: expect.any(Array) });
    const [adapter] = Object.values(JSON.parse(readFileSync(file, 'utf8'))) as { products: unknown[] }[];
    expect(adapter!.products.length).toBeGreaterThan(20);
    const { stdout } = lusdIn({ env: { XDG_CACHE_HOME: folder } }, 'doctor');
    expect(stdout).toMatch(
      new RegExp(`products +tiles for software; ${adapter!.products.length} products as measured here on`),
    );
  });
});
