import { stateDictKeys } from '@lusd/testing-models/stateDictKeys';
import { describe, expect, it } from 'vitest';
import { diskFile } from '../../src/node/diskFolder.ts';
import { currentAttentionKey, normaliseAttention } from '../../src/weights/attentionNames.ts';
import { clipTextKey, normaliseClip } from '../../src/weights/clipText.ts';
import { storedTensors, withShape } from '../../src/weights/weightSource.ts';
import { tensorFile } from './tensorFiles.ts';

const { sd15 } = stateDictKeys();
const OLD = { to_q: 'query', to_k: 'key', to_v: 'value', 'to_out.0': 'proj_attn' };

function oldAttentionName(name: string): string {
  const attention = /^(.*attentions\.0\.)(to_q|to_k|to_v|to_out\.0)\.(.*)$/.exec(name);
  return attention ? `${attention[1]}${OLD[attention[2] as keyof typeof OLD]}.${attention[3]}` : name;
}

describe('normaliseAttention', () => {
  it.each([[[]], [[1]], [[1, 1]]])('reads a VAE of old names with %j behind [C, C]', (ones) => {
    const shapes = Object.fromEntries(
      sd15.vae.tensors.map(([name, shape]) => {
        const isMatrix = name.includes('.attentions.') && shape.length === 2;
        return [oldAttentionName(name), isMatrix ? [...shape, ...ones] : shape];
      }),
    );
    expect(Object.keys(shapes).filter((name) => name.endsWith('proj_attn.weight'))).toHaveLength(2);
    const checkpoint = normaliseAttention(storedTensors(tensorFile('vae.safetensors', shapes)));
    expect([...checkpoint].map(([name, { shape }]) => [name, shape])).toEqual(
      sd15.vae.tensors.map(([name, shape]) => [name, shape]),
    );
  });

  it("leaves the UNet's attention and other layers alone", () => {
    for (const [name] of sd15.unet.tensors) expect(currentAttentionKey(name)).toBe(name);
  });

  it('takes a weight under both names for one, and refuses it where the two differ in shape', () => {
    const [old, current] = ['query', 'to_q'].map((name) => `encoder.mid_block.attentions.0.${name}.weight`);
    const both = (shape: readonly number[]) =>
      normaliseAttention(storedTensors(tensorFile('vae.safetensors', { [old!]: [8, 8], [current!]: shape })));
    expect([...both([8, 8])]).toMatchObject([[current, { key: old, copies: [{ key: current }] }]]);
    expect(() => both([8, 4])).toThrow(
      /'encoder\.mid_block\.attentions\.0\.to_q\.weight' is stored twice and differently/,
    );
  });
});

describe('normaliseClip', () => {
  it('gives one set of names with and without the prefix', () => {
    const names = sd15.text.tensors.map(([name]) => name);
    const unprefixed = Object.fromEntries(
      sd15.text.tensors.map(([name, shape]) => [name.replace(/^text_model\./, ''), shape]),
    );
    const stored = { ...unprefixed, 'embeddings.position_ids': [1, 77] };
    expect([...normaliseClip(storedTensors(tensorFile('model.safetensors', stored))).keys()]).toEqual(names);
    expect(names.map(clipTextKey)).toEqual(names);
  });

  it("leaves CLIP's projections unprefixed", () => {
    expect(clipTextKey('text_projection.weight')).toBe('text_projection.weight');
  });
});

describe('withShape', () => {
  const source = { file: diskFile('a'), key: 'k', dtype: 'F32', shape: [8, 8, 1, 1] };

  it('drops and adds ones at the end only', () => {
    expect(withShape(source, [8, 8])).toEqual({ ...source, shape: [8, 8], view: { kind: 'reshape' } });
    expect(withShape({ ...source, shape: [8, 8] }, [8, 8, 1, 1])?.shape).toEqual([8, 8, 1, 1]);
    expect(withShape(source, [8, 8, 1, 1])).toBe(source);
    expect(withShape(source, [64])).toBeUndefined();
    expect(withShape(source, [8, 8, 3, 3])).toBeUndefined();
    expect(withShape({ ...source, shape: [1, 8] }, [8])).toBeUndefined();
  });
});
