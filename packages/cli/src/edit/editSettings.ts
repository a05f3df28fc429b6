import type { EditOptions, EditRequest, FrameOptions } from '@lusd/lusd';
import type { StableDiffusion } from '@lusd/sd-models';
import type { PictureOptions } from '../options/pictureCommand.ts';
import { trainedSize } from '../pipeline.ts';
import { type TokenFlags, tokenChoice } from './tokenChoice.ts';

/** What the flags say of an edit, apart from its pictures and prompts. */
export interface EditSettings {
  readonly algorithm: EditOptions;
  readonly frame: FrameOptions;
  readonly request: Pick<EditRequest, 'rng' | 'targetTokens' | 'longPrompts'>;
}

/** @param algorithm the checked options, from `parseAlgorithm` */
export async function editSettings(
  pipeline: StableDiffusion,
  algorithm: EditOptions,
  options: PictureOptions & TokenFlags,
): Promise<EditSettings> {
  return {
    algorithm,
    frame: { size: options.size ?? trainedSize(pipeline), fit: options.fit },
    request: {
      rng: options.rng,
      targetTokens: await tokenChoice(options),
      longPrompts: options.longPrompts ?? false,
    },
  };
}
