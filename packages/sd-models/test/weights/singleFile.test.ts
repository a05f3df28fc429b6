import { type PipelineKeys, stateDictKeys, type TensorRow } from '@lusd/testing-models/stateDictKeys';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpointError.ts';
import { inferClipTextConfig, inferUnetConfig, inferVaeConfig } from '../../src/weights/inferConfig.ts';
import { splitSingleFile } from '../../src/weights/singleFile.ts';
import type { StateDict } from '../../src/weights/weightSource.ts';
import { rowOf, tensorFile } from './tensorFiles.ts';

const { sd15, sd2, tiny } = stateDictKeys();

function singleFile(model: PipelineKeys, extra: Record<string, number[]> = {}) {
  return tensorFile('model.safetensors', {
    ...model.unet.stored,
    ...model.vae.stored,
    ...model.text.stored,
    ...extra,
  });
}

function rows(checkpoint: StateDict): TensorRow[] {
  return [...checkpoint].map(([name, source]) => rowOf(name, source)).sort(byName);
}

function byName(a: TensorRow, b: TensorRow): number {
  return a[0] < b[0] ? -1 : 1;
}

describe('splitSingleFile', () => {
  it.each([
    ['Stable Diffusion 1.5', sd15, 'clip', [686, 248, 196]],
    ['Stable Diffusion 2', sd2, 'openClip', [686, 248, 372]],
    ['a small model', tiny, 'clip', [684, 244, 36]],
  ] as const)('renames %s as diffusers does', (_, model, kind, counts) => {
    const split = splitSingleFile(singleFile(model));
    expect(rows(split.unet)).toEqual([...model.unet.tensors].sort(byName));
    expect(rows(split.vae)).toEqual([...model.vae.tensors].sort(byName));
    expect(rows(split.textEncoder)).toEqual([...model.text.tensors].sort(byName));
    expect([split.unet.size, split.vae.size, split.textEncoder.size]).toEqual(counts);
    expect(split.textEncoderKind).toBe(kind);
    expect(split.unexpected).toEqual([]);
  });

  it('ignores training state and reports what belongs to nothing', () => {
    const ignored = [
      'betas',
      'alphas_cumprod',
      'alphas_cumprod_prev',
      'sqrt_alphas_cumprod',
      'sqrt_one_minus_alphas_cumprod',
      'log_one_minus_alphas_cumprod',
      'sqrt_recip_alphas_cumprod',
      'sqrt_recipm1_alphas_cumprod',
      'posterior_variance',
      'posterior_log_variance_clipped',
      'posterior_mean_coef1',
      'posterior_mean_coef2',
      'logvar',
      'model_ema.decay',
      'model_ema.num_updates',
      'model_ema.diffusion_modelinput_blocks00weight',
      'cond_stage_model.transformer.text_model.embeddings.position_ids',
    ];
    const unexpected = ['adapter.input_blocks.0.0.weight', 'cond_stage_model.model.ln_final.weight'];
    const extra = Object.fromEntries([...ignored, ...unexpected].map((key) => [key, [1]]));
    const split = splitSingleFile(singleFile(sd15, extra));
    expect(split.unexpected).toEqual(unexpected);
    expect(split.textEncoder.size).toBe(196);
  });

  it('keeps the stored name of a tensor that the UNet or the VAE does not have', () => {
    const extra = {
      'model.diffusion_model.input_blocks.1.0.in_layers.9.weight': [1],
      'model.diffusion_model.constructor.weight': [1],
      'first_stage_model.encoder.mid.attn_2.q.weight': [1],
    };
    const split = splitSingleFile(singleFile(sd15, extra));
    const known = new Set([...sd15.unet.tensors, ...sd15.vae.tensors].map(([name]) => name));
    const added = [...split.unet.keys(), ...split.vae.keys()].filter((name) => !known.has(name));
    expect(added).toEqual(Object.keys(extra));
  });

  it('accepts a text encoder without the text_model prefix', () => {
    const text = Object.fromEntries(
      Object.entries(sd15.text.stored).map(([key, shape]) => [key.replace('.text_model.', '.'), shape]),
    );
    const split = splitSingleFile(
      tensorFile('model.safetensors', { ...sd15.unet.stored, ...sd15.vae.stored, ...text }),
    );
    expect([...split.textEncoder.keys()].sort()).toEqual(sd15.text.tensors.map(([name]) => name).sort());
  });

  it('names the components that a file lacks', () => {
    const file = tensorFile('unet.safetensors', sd15.unet.stored);
    expect(() => splitSingleFile(file)).toThrow(CheckpointError);
    expect(() => splitSingleFile(file)).toThrow(
      /unet\.safetensors has no tensors under 'cond_stage_model\.transformer\. or cond_stage_model\.model\.'/,
    );
  });
});

describe('configuration from shapes', () => {
  it.each([
    ['Stable Diffusion 1.5', sd15],
    ['Stable Diffusion 2', sd2],
  ] as const)('equals the published configuration of %s', (_, model) => {
    const split = splitSingleFile(singleFile(model));
    expect(inferUnetConfig(split.unet)).toMatchObject(model.unet.config);
    expect(inferVaeConfig(split.vae)).toMatchObject(model.vae.config);
    expect(inferClipTextConfig(split.textEncoder, split.textEncoderKind)).toMatchObject(model.text.config);
  });

  it('follows a small model, whose text heads alone must come from elsewhere', () => {
    const split = splitSingleFile(singleFile(tiny));
    expect(inferUnetConfig(split.unet)).toMatchObject(tiny.unet.config);
    expect(() => inferClipTextConfig(split.textEncoder, 'clip')).toThrow(
      /number of attention heads cannot be inferred from its 32 channels.*use a diffusers folder with text_encoder/,
    );
  });

  it('names the tensor that it lacks', () => {
    expect(() => inferUnetConfig(new Map())).toThrow(/has no 'mid_block\.attentions\.0\.proj_in\.weight'/);
  });
});
