import type { DType } from '@lusd/tensor';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { byteVocabulary, TINY_CONFIGS } from '@lusd/testing-models/tinyConfigs';
import { parseClipTextConfig } from '../../src/clip/config.ts';
import { ClipTextModel } from '../../src/clip/text.ts';
import { StableDiffusion } from '../../src/pipelines/stableDiffusion.ts';
import { parseSchedulerConfig } from '../../src/schedulers/config.ts';
import { ClipTokenizer } from '../../src/tokenizer/clipTokenizer.ts';
import { CLIP_SPECIAL_TOKENS } from '../../src/tokenizer/vocabulary.ts';
import { parseUNetConfig } from '../../src/unet/config.ts';
import { UNet2DConditionModel } from '../../src/unet/unet.ts';
import { parseVaeConfig } from '../../src/vae/config.ts';
import { AutoencoderKL } from '../../src/vae/vae.ts';

const SEEDS = { unet: 1234, vae: 4321, textEncoder: 555 };

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
