import type { DType } from '@lusd/tensor';
import { parseClipTextConfig } from '../../src/clip/config.ts';
import { ClipTextModel } from '../../src/clip/text.ts';
import { StableDiffusion } from '../../src/pipelines/stableDiffusion.ts';
import { parseSchedulerConfig } from '../../src/schedulers/config.ts';
import { BYTE_VOCABULARY } from '../../src/tokenizer/byteAlphabet.ts';
import { ClipTokenizer } from '../../src/tokenizer/clipTokenizer.ts';
import { CLIP_SPECIAL_TOKENS } from '../../src/tokenizer/vocabulary.ts';
import { parseUNetConfig } from '../../src/unet/config.ts';
import { UNet2DConditionModel } from '../../src/unet/unet.ts';
import { parseVaeConfig } from '../../src/vae/config.ts';
import { AutoencoderKL } from '../../src/vae/vae.ts';
import { fillWeights } from './fillWeights.ts';

/** The configurations of the specification's small models, as their `config.json` has them. */
export const TINY_CONFIGS = {
  unet: {
    block_out_channels: [32, 64, 64, 64],
    cross_attention_dim: 32,
    attention_head_dim: 8,
    sample_size: 8,
  },
  vae: { block_out_channels: [32, 64, 64, 64], layers_per_block: 2 },
  text_encoder: {
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    vocab_size: 1000,
    eos_token_id: 2,
  },
};

const SEEDS = { unet: 1234, vae: 4321, textEncoder: 555 };

/** Ids of the bytes, then of the bytes that end a word; start and end where the small models have them. */
export function byteVocabulary(): Map<string, number> {
  const tokens = [...BYTE_VOCABULARY, ...BYTE_VOCABULARY.map((character) => `${character}</w>`)];
  return new Map([
    ...tokens.map((token, id): [string, number] => [token, id]),
    [CLIP_SPECIAL_TOKENS.start, 998],
    [CLIP_SPECIAL_TOKENS.end, 999],
  ]);
}

/** The specification's small models with the weights of their seeds, and a tokenizer of letters. */
export function makeTinyPipeline(scheduler: unknown, dtype: DType = 'f32'): StableDiffusion {
  const vocabulary = { ids: byteVocabulary(), merges: [], special: CLIP_SPECIAL_TOKENS, maxLength: 77 };
  return new StableDiffusion(
    new ClipTokenizer(vocabulary),
    fillWeights(new ClipTextModel(parseClipTextConfig(TINY_CONFIGS.text_encoder)), SEEDS.textEncoder, dtype),
    fillWeights(new UNet2DConditionModel(parseUNetConfig(TINY_CONFIGS.unet)), SEEDS.unet, dtype),
    fillWeights(new AutoencoderKL(parseVaeConfig(TINY_CONFIGS.vae)), SEEDS.vae, dtype),
    parseSchedulerConfig(scheduler),
  );
}

/** The same models under another scheduler's configuration. */
export function withScheduler(pipeline: StableDiffusion, scheduler: unknown): StableDiffusion {
  const { tokenizer, textEncoder, unet, vae } = pipeline;
  return new StableDiffusion(tokenizer, textEncoder, unet, vae, parseSchedulerConfig(scheduler));
}
