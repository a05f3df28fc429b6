import { stateDictKeys } from '@lusd/testing-models/stateDictKeys';
import { describe, expect, it } from 'vitest';
import { clipStateDict } from '../../src/weights/originalClip.ts';
import { storedTensors } from '../../src/weights/weightSource.ts';
import { rowOf, tensorFile } from './tensorFiles.ts';

const { clipVitB32 } = stateDictKeys();
const names = clipVitB32.tensors.map(([name]) => name);

describe('clipStateDict', () => {
  it("maps the original's state dict onto transformers' 398 tensors", () => {
    const checkpoint = clipStateDict(storedTensors(tensorFile('ViT-B-32.safetensors', clipVitB32.stored)));
    const rows = [...checkpoint].map(([name, source]) => rowOf(name, source));
    expect(rows.sort()).toEqual([...clipVitB32.tensors].sort());
    expect(checkpoint.size).toBe(398);
  });

  it('drops the scalars beside the weights and keeps unknown names', () => {
    const stored = {
      ...clipVitB32.stored,
      input_resolution: [],
      context_length: [],
      vocab_size: [],
      'visual.layer1': [1],
    };
    const checkpoint = clipStateDict(storedTensors(tensorFile('ViT-B-32.safetensors', stored)));
    expect([...checkpoint.keys()].filter((name) => !names.includes(name))).toEqual(['visual.layer1']);
  });

  it("takes transformers' own file, without its position ids", () => {
    const shapes = Object.fromEntries(clipVitB32.tensors.map(([name, shape]) => [name, shape]));
    const stored = {
      ...shapes,
      'text_model.embeddings.position_ids': [1, 77],
      'vision_model.embeddings.position_ids': [1, 50],
    };
    const checkpoint = clipStateDict(storedTensors(tensorFile('model.safetensors', stored)));
    expect([...checkpoint.keys()].sort()).toEqual([...names].sort());
  });
});
