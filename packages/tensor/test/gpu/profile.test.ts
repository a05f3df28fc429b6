import { expect, test } from 'vitest';
import { formatProfile, tensor } from '../../src/index.ts';
import { device } from '../support/device.ts';

test('a profile counts every launch of an operation, or says that the adapter has no timestamps', async () => {
  using x = tensor(new Float32Array(4096).fill(1));
  if (!device.features.has('timestamp-query')) {
    await expect(device.profile(() => {})).rejects.toThrow('timestamp-query');
    return;
  }
  const rows = await device.profile(() => {
    for (let i = 0; i < 300; i++) x.exp().dispose();
    x.add(1).dispose();
  });
  expect(rows.map((row) => [row.name, row.count]).sort()).toEqual([
    ['add', 1],
    ['exp', 300],
  ]);
  for (const row of rows) {
    // SwiftShader's timestamps may stand still.
    const least = device.facts.architecture === 'swiftshader' ? 0 : Number.MIN_VALUE;
    expect(Math.min(row.milliseconds, row.gbytes)).toBeGreaterThanOrEqual(least);
  }
  const table = formatProfile(rows).split('\n');
  expect(table[0]).toMatch(/operation +count +ms +GFLOP\/s +GB\/s/);
  expect(table).toHaveLength(3);
});

test('a profile tells launches apart by the innermost label', async ({ skip }) => {
  skip(!device.features.has('timestamp-query'), 'the adapter has no timestamps');
  using x = tensor(new Float32Array(4).fill(1));
  const rows = await device.profile(() => {
    x.exp().dispose();
    device.labelled('outer', () => {
      x.exp().dispose();
      device.labelled('inner', () => x.exp().dispose());
      x.exp().dispose();
      expect(() =>
        device.labelled('failing', () => {
          throw new Error('stop');
        }),
      ).toThrow('stop');
      x.exp().dispose();
    });
  });
  expect(rows.map((row) => [row.label, row.name, row.count]).sort()).toEqual([
    ['', 'exp', 1],
    ['inner', 'exp', 1],
    ['outer', 'exp', 3],
  ]);
  expect(formatProfile(rows)).toContain('inner: exp');
});
