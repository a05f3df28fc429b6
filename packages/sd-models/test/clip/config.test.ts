import { describe, expect, test } from 'vitest';
import { parseClipConfig, parseClipTextConfig } from '../../src/clip/config.ts';

describe('parseClipTextConfig', () => {
  test("absent fields take transformers' defaults", () => {
    expect(parseClipTextConfig({})).toEqual({
      hiddenSize: 512,
      intermediateSize: 2048,
      numHiddenLayers: 12,
      numAttentionHeads: 8,
      hiddenAct: 'quick_gelu',
      layerNormEps: 1e-5,
      vocabSize: 49408,
      maxPositionEmbeddings: 77,
      eosTokenId: 49407,
    });
  });

  test('C3: takes an end token of 2 for the legacy that it is', () => {
    expect(parseClipTextConfig({ eos_token_id: 2 }).eosTokenId).toBeNull();
  });

  test.each([
    [{ hidden_act: 'relu' }, /hidden_act is "relu"; only "quick_gelu" or "gelu" is supported/],
    [{ hidden_size: 30, num_attention_heads: 4 }, /num_attention_heads 4 does not divide hidden_size 30/],
    [{ num_hidden_layers: 0 }, /num_hidden_layers is 0; must be a positive integer/],
    ['x', /text_encoder\/config\.json is not a JSON object/],
  ])('refuses %j', (config, message) => {
    expect(() => parseClipTextConfig(config)).toThrow(message);
  });
});

describe('parseClipConfig', () => {
  test('of an empty file is ViT-B/32', () => {
    const { text, vision, projectionDim } = parseClipConfig({});
    expect([text.hiddenSize, vision.hiddenSize, vision.patchSize, projectionDim]).toEqual([
      512, 768, 32, 512,
    ]);
  });

  test('names the tower that is wrong', () => {
    expect(() => parseClipConfig({ vision_config: { image_size: 224, patch_size: 30 } })).toThrow(
      'config.json: vision_config: patch_size 30 does not divide image_size 224.',
    );
  });
});
