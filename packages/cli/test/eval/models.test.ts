import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '@lusd/sd-models';
import { encodePng } from '@lusd/sd-models/node';
import { writeSafetensors } from '@lusd/tensor';
import { PALETTE, plain, writeColourClip } from '@lusd/testing-models/colourClip';
import { beforeAll, describe, expect, test } from 'vitest';
import { lusd, temporaryFolder } from '../lusd.ts';
import { disc } from '../pictures.ts';
import { DINO_SHAPES, drawnWeights } from './drawnModels.ts';

const root = temporaryFolder();
const path = (name: string) => join(root, name);

/** SqueezeNet 1.1 without its classifier. */
function squeezeNetShapes(): Record<string, number[]> {
  const fires = [
    [3, 64, 16, 64],
    [4, 128, 16, 64],
    [6, 128, 32, 128],
    [7, 256, 32, 128],
    [9, 256, 48, 192],
    [10, 384, 48, 192],
    [11, 384, 64, 256],
    [12, 512, 64, 256],
  ] as const;
  const layers = fires.flatMap(([i, input, squeezed, expanded]): [string, number[]][] => [
    [`${i}.squeeze`, [squeezed, input, 1, 1]],
    [`${i}.expand1x1`, [expanded, squeezed, 1, 1]],
    [`${i}.expand3x3`, [expanded, squeezed, 3, 3]],
  ]);
  const all: [string, number[]][] = [['0', [64, 3, 3, 3]], ...layers];
  return Object.fromEntries(
    all.flatMap(([name, shape]) => [
      [`features.${name}.weight`, shape],
      [`features.${name}.bias`, [shape[0]!]],
    ]),
  );
}

const ALL =
  'dino,structure_distance,lpips,lpips_edit_part,clip_similarity_target_image,clip_directional,clip_image';

beforeAll(async () => {
  mkdirSync(root, { recursive: true });
  await writeSafetensors(path('dino.safetensors'), drawnWeights(DINO_SHAPES));
  // Versions of LPIPS differ by what keeps lengths from 0, which only small features show.
  const factorOf = (name: string) => (name.startsWith('features.0.') ? 1e-4 : 1);
  await writeSafetensors(path('squeezenet.safetensors'), drawnWeights(squeezeNetShapes(), factorOf));
  await writeColourClip(path('clip'));
  const upper = { width: 128, height: 128, data: new Uint8Array(3 * 128 * 128).fill(255, 0, 3 * 64 * 128) };
  const images: Record<string, Image> = {
    source: disc(40),
    moved: disc(90),
    upper,
    red: plain(PALETTE.red, 128, 128),
    green: plain(PALETTE.green, 128, 128),
  };
  for (const [name, image] of Object.entries(images)) writeFileSync(path(`${name}.png`), encodePng(image));
  const rows = [
    'source,result,ground_truth,mask,source_prompt,target_prompt',
    'source.png,source.png,source.png,upper.png,a,a a',
    'source.png,moved.png,source.png,upper.png,a,a a',
    'red.png,green.png,green.png,,a,a a',
  ];
  writeFileSync(path('pairs.csv'), `${rows.join('\n')}\n`);
});

function score(metrics: string, ...flags: string[]): Record<string, number>[] {
  const models = [
    ...['--clip-l14', path('clip'), '--squeezenet', path('squeezenet.safetensors')],
    ...['--dino-s16', path('dino.safetensors'), '--dino-b8', path('dino.safetensors')],
  ];
  const { code, events } = lusd(
    ...['eval', '--pairs', path('pairs.csv'), '--metrics', metrics, ...models, '--json', ...flags],
  );
  expect(code).toBe(0);
  return events.filter(({ event }) => event === 'scores') as unknown as Record<string, number>[];
}

describe('models of every kind are loaded and give', () => {
  let scores: Record<string, number>[] = [];
  beforeAll(() => {
    scores = score(ALL);
  });

  test('no distance between equal pictures, and one between others', () => {
    const [equal, moved] = scores;
    expect(equal).toMatchObject({ structure_distance: 0, lpips: 0, lpips_edit_part: 0 });
    expect(equal!.dino).toBeCloseTo(1, 5);
    expect(equal!.clip_image).toBeCloseTo(1, 5);
    for (const name of ['structure_distance', 'lpips', 'lpips_edit_part'])
      expect(moved![name], name).toBeGreaterThan(0);
    expect(moved!.dino).toBeLessThan(1);
    expect(moved!.lpips_edit_part).toBeLessThan(moved!.lpips!);
  });

  test('the closed forms of a CLIP that knows colours', () => {
    // A picture of the second colour, and a caption of two words that means it.
    const [equal, , green] = scores;
    expect(green!.clip_similarity_target_image).toBeCloseTo(100, 2);
    expect(green!.clip_directional).toBeCloseTo(1, 4);
    // Equal pictures have no direction; JSON has no NaN.
    expect(equal!.clip_directional).toBeNull();
  });
});

test("each version of a library changes its metrics' numbers, and those alone", () => {
  const metrics = 'structure_distance,lpips,ssim';
  const [, published] = score(metrics);
  const changed = (...flags: string[]) => {
    const [, other] = score(metrics, ...flags);
    return metrics.split(',').filter((name) => other![name] !== published![name]);
  };
  expect(changed('--structure-white', '1')).toEqual(['structure_distance']);
  expect(changed('--torchmetrics', '1.2.1')).toEqual(['lpips']);
  expect(changed('--torchmetrics', '1.4.2')).toEqual(['lpips', 'ssim']);
});
