import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pieBenchMask } from '../../src/metrics/layouts/pieBench.ts';
import type { Subject } from '../../src/metrics/metric.ts';
import { identify, identifyMask, maskedPicture } from '../../src/metrics/picture.ts';
import { metricsNamed } from '../../src/metrics/registry.ts';
import { type SsimVariant, ssim } from '../../src/metrics/ssim.ts';

type Values = Record<'mse' | 'psnr' | 'ssim', number>;

interface Known {
  width: number;
  height: number;
  mask: string;
  pictures: {
    a: string;
    b: string;
    ssim: Record<SsimVariant, number>;
    regions: Record<'whole' | 'edited' | 'unedited', Values>;
  }[];
  masks: { runs: number[]; ones: number; weighted: number }[];
}

const known: Known = JSON.parse(
  readFileSync(new URL('../golden/pixelMetrics.json', import.meta.url), 'utf8'),
) as Known;
const { width, height } = known;
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const image = (text: string) => ({ width, height, data: bytes(text) });
const grey = (level: number, size = 32) => ({
  width: size,
  height: size,
  data: new Uint8Array(3 * size * size).fill(level),
});
const compute = (name: string, subject: Subject) => metricsNamed([name])[0]!.compute(subject, {});

describe('structural similarity', () => {
  test.each(known.pictures.map((pair, i) => ({ i, ...pair })))(
    "of pair $i is scikit-image's, and torchmetrics' where borders are reflected",
    ({ a, b, ssim: expected }) => {
      for (const variant of ['inner', 'reflected'] as const)
        expect(ssim(image(a), image(b), variant)).toBeCloseTo(expected[variant], 10);
    },
  );

  test('of equal pictures is 1, of grey 128 and 64 its closed form', () => {
    expect(ssim(grey(128), grey(128))).toBeCloseTo(1, 12);
    expect(ssim(grey(128), grey(64))).toBeCloseTo(0.800063, 6);
    expect(ssim(grey(128), grey(64), 'reflected')).toBeCloseTo(0.800063, 6);
  });

  test('of one bright pixel is that of the window', () => {
    // In the middle of 11 x 11 the window alone decides: its weights are exp(-(d / 1.5)^2 / 2), normalised.
    const weights = [0.00102838, 0.00759876, 0.03600077, 0.10936069, 0.21300554, 0.26601172];
    const dot = (column: number) => {
      const picture = grey(0, 11);
      picture.data.fill(255, 3 * (5 * 11 + column), 3 * (5 * 11 + column) + 3);
      return picture;
    };
    for (const [column, weight] of weights.entries()) {
      const mean = weight * weights[5]!;
      const expected = (1e-4 * 9e-4) / ((mean ** 2 + 1e-4) * (mean - mean ** 2 + 9e-4));
      expect(ssim(dot(column), grey(0, 11))).toBeCloseTo(expected, 5);
    }
  });

  test('of pictures of different or too small sizes is refused', () => {
    expect(() => ssim(grey(0), grey(0, 33))).toThrow('not 32 x 32 with 33 x 33');
    expect(() => ssim(grey(0, 10), grey(0, 10))).toThrow('at least 11 x 11');
  });
});

describe('regions', () => {
  const SUFFIXES = { whole: '', edited: '_edit_part', unedited: '_unedit_part' } as const;

  test.each(known.pictures.map((pair, i) => ({ i, ...pair })))(
    "of pair $i have torchmetrics' values",
    async ({ a, b, regions }) => {
      const subject = {
        source: await identify(image(a)),
        result: await identify(image(b)),
        mask: await identifyMask(bytes(known.mask)),
      };
      for (const [region, suffix] of Object.entries(SUFFIXES)) {
        const expected = regions[region as keyof typeof SUFFIXES];
        for (const name of ['mse', 'psnr', 'ssim'] as const)
          expect(await compute(`${name}${suffix}`, subject), `${name} ${region}`).toBeCloseTo(
            expected[name],
            5,
          );
      }
    },
  );

  test('equal pictures, and grey 128 and 64', async () => {
    const [a, b] = [await identify(grey(128)), await identify(grey(64))];
    expect(await compute('psnr', { source: a, result: a })).toBe(Infinity);
    expect(await compute('mse', { source: a, result: a })).toBe(0);
    expect(await compute('psnr', { source: a, result: b })).toBeCloseTo(12.007204, 6);
  });

  test('a change inside of the mask leaves the unedited part alone', async () => {
    const changed = grey(128);
    changed.data.fill(200, 0, 3 * 100);
    const mask = await identifyMask(new Uint8Array(32 * 32).fill(1, 0, 100));
    const subject = { source: await identify(grey(128)), result: await identify(changed), mask };
    expect(await compute('mse_unedit_part', subject)).toBe(0);
    expect(await compute('ssim_unedit_part', subject)).toBeCloseTo(1, 12);
    expect(await compute('psnr_unedit_part', subject)).toBe(Infinity);
    expect(await compute('mse_edit_part', subject)).toBeGreaterThan(0);
  });

  test('an empty one has no value, and nothing has one without a mask', async () => {
    const picture = await identify(grey(128));
    const [full, none] = [new Uint8Array(32 * 32).fill(1), new Uint8Array(32 * 32)];
    const subject = { source: picture, result: picture };
    expect(await compute('psnr_unedit_part', { ...subject, mask: await identifyMask(full) })).toBeNaN();
    expect(await compute('ssim_edit_part', { ...subject, mask: await identifyMask(none) })).toBeNaN();
    expect(await compute('mse_unedit_part', subject)).toBeNaN();
  });

  test('pictures and masks of other sizes are refused', async () => {
    const [a, b] = [await identify(grey(1)), await identify(grey(1, 33))];
    await expect(compute('mse', { source: a, result: b })).rejects.toThrow(
      '33 x 33 but its source is 32 x 32',
    );
    const mask = await identifyMask(new Uint8Array(9));
    expect(() => maskedPicture(a, mask, 'edited')).toThrow('The mask has 9 pixels');
  });

  test('masked pictures are told apart by their keys, equal ones are not', async () => {
    const [picture, same] = [await identify(grey(3)), await identify(grey(3))];
    const mask = await identifyMask(new Uint8Array(32 * 32).fill(1, 0, 9));
    expect(same.key).toBe(picture.key);
    const keys = ['edited', 'unedited'].map((region) => maskedPicture(picture, mask, region as 'edited').key);
    expect(new Set([...keys, picture.key]).size).toBe(3);
  });
});

describe("PIE-Bench's masks", () => {
  test.each(known.masks)('$runs', ({ runs, ones, weighted }) => {
    const mask = pieBenchMask(runs);
    expect(mask.reduce((sum, value) => sum + value, 0)).toBe(ones);
    expect(mask.reduce((sum, value, i) => sum + value * i, 0)).toBe(weighted);
  });
});
