import { Option } from '@commander-js/extra-typings';
import type { FrameOptions, Rng } from '@lusd/lusd';
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
  return algorithmCommand(name, description)
    .addOption(
      new Option('--rng <generator>', "random generator: torch's CUDA or CPU generator")
        .choices(['cuda', 'cpu'] as const)
        .default('cuda' as const),
    )
    .option('--keep-brackets', 'keep [ and ] in prompts; by default they mark edited words, as in PIE-Bench')
    .optionsGroup('Picture:')
    .option('--size <size>', "512, 768x512 or original; default: the model's own", parseSize)
    .addOption(
      new Option('--fit <how>', 'crop what does not fit, or pad by repeating the edge')
        .choices(['crop', 'pad'] as const)
        .default('crop' as const),
    )
    .addOption(pixelsOption())
    .option(
      '--save-step <n>',
      'iterations between previews, written to .cache/ next to the result; `lusd edit` writes them only with this option',
      parsePositive,
      30,
    );
}

/** The size that the flags ask to edit at. */
export function frameOptions(pipeline: StableDiffusion, { size, fit }: PictureOptions): FrameOptions {
  return { size: size ?? trainedSize(pipeline), fit };
}
