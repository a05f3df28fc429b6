import { Option } from '@commander-js/extra-typings';
import { ALGORITHM_TEXTS, type FrameOptions, PICTURE_TEXTS, PROMPT_TEXTS, type Rng } from '@lusd/lusd';
import { type StableDiffusion, trainedSize } from '@lusd/sd-models';
import type { PixelSource } from '@lusd/sd-models/node';
import { type AlgorithmOptions, algorithmCommand } from './algorithmCommand.ts';
import { parsePositive, parseSize, type Size } from './parsers.ts';
import { pixelsOption } from './pixelsOption.ts';

/** Options shared by all commands that edit the user's pictures. */
export interface PictureOptions extends AlgorithmOptions {
  readonly size?: Size | undefined;
  readonly fit: 'crop' | 'pad';
  readonly pixels: PixelSource;
  readonly rng: Rng;
  readonly saveStep: number;
  readonly keepBrackets?: true | undefined;
}

/** A command that edits pictures of the user's with seeds. */
export function pictureCommand(name: string, description: string) {
  const { rng } = ALGORITHM_TEXTS;
  const { keepBrackets } = PROMPT_TEXTS;
  const { size, fit, saveStep } = PICTURE_TEXTS;
  return algorithmCommand(name, description)
    .addOption(new Option(rng.flags, rng.text).choices(['cuda', 'cpu'] as const).default('cuda' as const))
    .option(keepBrackets.flags, keepBrackets.text)
    .optionsGroup('Picture:')
    .option(size.flags, size.text, parseSize)
    .addOption(new Option(fit.flags, fit.text).choices(['crop', 'pad'] as const).default('crop' as const))
    .addOption(pixelsOption())
    .option(saveStep.flags, saveStep.text, parsePositive, 30);
}

/** The size that the flags ask to edit at. */
export function frameOptions(pipeline: StableDiffusion, { size, fit }: PictureOptions): FrameOptions {
  return { size: size ?? trainedSize(pipeline), fit };
}
