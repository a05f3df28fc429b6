import { Option } from '@commander-js/extra-typings';
import type { FrameOptions, Rng } from '@lusd/lusd';
import { type StableDiffusion, trainedSize } from '@lusd/sd-models';
import type { PixelSource } from '@lusd/sd-models/node';
import { type AlgorithmOptions, algorithmCommand } from './algorithmCommand.ts';
import { parsePositive, parseSize, type Size } from './parsers.ts';
import { pixelsOption } from './pixelsOption.ts';

/** What a command that edits pictures of the user's has in common with the others. */
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
  return algorithmCommand(name, description)
    .addOption(
      new Option('--rng <generator>', "whose random numbers a seed means: torch's on a GPU or on a CPU")
        .choices(['cuda', 'cpu'] as const)
        .default('cuda' as const),
    )
    .option('--keep-brackets', 'leave [ and ] in prompts, which otherwise mark edited words, as in PIE-Bench')
    .optionsGroup('Picture:')
    .option('--size <size>', "512, 768x512 or original; default: the model's own", parseSize)
    .addOption(
      new Option('--fit <how>', 'what does not fit is cut off, or the rest filled by repeating the edge')
        .choices(['crop', 'pad'] as const)
        .default('crop' as const),
    )
    .addOption(pixelsOption())
    .option(
      '--save-step <n>',
      'iterations from preview to preview, in .cache/ beside the result; `lusd edit` makes them only where this is given',
      parsePositive,
      30,
    );
}

/** The size that the flags ask to edit at. */
export function frameOptions(pipeline: StableDiffusion, { size, fit }: PictureOptions): FrameOptions {
  return { size: size ?? trainedSize(pipeline), fit };
}
