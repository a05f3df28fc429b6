import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Module } from '@lusd/tensor';
import { stateDictKeys } from '@lusd/testing-models/stateDictKeys';
import { describe, expect, it } from 'vitest';
import { ClipModel } from '../../src/clip/clip.ts';
import { parseClipConfig, parseClipTextConfig } from '../../src/clip/config.ts';
import { ClipTextModel } from '../../src/clip/text.ts';
import { parseUNetConfig } from '../../src/unet/config.ts';
import { UNet2DConditionModel } from '../../src/unet/unet.ts';
import { parseVaeConfig } from '../../src/vae/config.ts';
import { AutoencoderKL } from '../../src/vae/vae.ts';

const { sd15, sd2, clipVitB32 } = stateDictKeys();

type Row = [name: string, shape: readonly number[]];

function byName(a: Row, b: Row): number {
  return a[0] < b[0] ? -1 : 1;
}

/** Names and PyTorch's shapes; no parameter is made, so nothing is allocated. */
function rowsOf(module: Module): Row[] {
  return module
    .namedParameters()
    .map(([name, parameter]): Row => [name, [...parameter.torchShape]])
    .sort(byName);
}

describe('Stable Diffusion 1.5 in full size has the tensors of the reference packages', () => {
  it.each([
    ['unet', () => new UNet2DConditionModel(parseUNetConfig(sd15.unet.config)), sd15.unet.tensors, 686],
    ['vae', () => new AutoencoderKL(parseVaeConfig(sd15.vae.config)), sd15.vae.tensors, 248],
    ['text_encoder', () => new ClipTextModel(parseClipTextConfig(sd15.text.config)), sd15.text.tensors, 196],
  ] as const)('%s', (_, make, tensors, count) => {
    const rows = rowsOf(make());
    expect(rows).toHaveLength(count);
    expect(rows).toEqual(tensors.map(([name, shape]): Row => [name, shape]).sort(byName));
  });
});

describe('so have', () => {
  it.each([
    [
      'the UNet of version 2',
      () => new UNet2DConditionModel(parseUNetConfig(sd2.unet.config)),
      sd2.unet.tensors,
    ],
    [
      'the text encoder of version 2',
      () => new ClipTextModel(parseClipTextConfig(sd2.text.config)),
      sd2.text.tensors,
    ],
    ['CLIP ViT-B/32', () => new ClipModel(parseClipConfig({})), clipVitB32.tensors],
  ] as const)('%s', (_, make, tensors) => {
    expect(rowsOf(make())).toEqual(tensors.map(([name, shape]): Row => [name, shape]).sort(byName));
  });
});

/** Of `openai/clip-vit-large-patch14`: its configuration and tensors, by transformers. */
const clipVitL14 = JSON.parse(
  gunzipSync(readFileSync(new URL('../golden/clip_l14_shapes.json.gz', import.meta.url))).toString(),
) as { readonly config: unknown; readonly shapes: Readonly<Record<string, readonly number[]>> };

it('CLIP ViT-L/14 has the tensors of transformers, of 427,616,513 numbers', () => {
  const rows = rowsOf(new ClipModel(parseClipConfig(clipVitL14.config)));
  expect(Object.fromEntries(rows)).toEqual(clipVitL14.shapes);
  const sizes = rows.map(([, shape]) => shape.reduce((product, extent) => product * extent, 1));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(427_616_513);
});
