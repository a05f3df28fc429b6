import { Option } from '@commander-js/extra-typings';
import {
  type DenoiseStep,
  formatPythonJson,
  imageToImage,
  type SamplerName,
  type StableDiffusion,
  type TextToImageOptions,
  textToImage,
  unfollowedFields,
} from '@lusd/sd-models';
import { type PixelSource, writePng } from '@lusd/sd-models/node';
import { checkOutputPath } from '../files.ts';
import type { CommonOptions } from '../options/baseCommand.ts';
import { type ModelOptions, modelCommand } from '../options/modelCommand.ts';
import {
  parseCount,
  parseNumber,
  parsePngPath,
  parsePositive,
  parseShare,
  parseSize,
  type Size,
} from '../options/parsers.ts';
import { pixelsOption } from '../options/pixelsOption.ts';
import { PictureReader } from '../pictureReader.ts';
import { withPipeline } from '../pipeline.ts';
import { openLog, type Services } from '../services.ts';
import { UsageError } from '../ui/errors.ts';
import type { Log } from '../ui/log.ts';
import { Progress } from '../ui/progress.ts';
import { warnOfUnreadWords } from '../ui/unreadWords.ts';

interface GenerateFlags extends ModelOptions, CommonOptions {
  readonly prompt: string;
  readonly output: string;
  readonly negativePrompt: string;
  readonly steps: number;
  readonly guidanceScale: number;
  readonly sampler: SamplerName;
  readonly eta: number;
  readonly seed: number;
  readonly rng: 'cpu' | 'cuda';
  readonly clipSkip: number;
  readonly size?: Size | undefined;
  readonly image?: string | undefined;
  readonly strength?: number | undefined;
  readonly pixels: PixelSource;
}

const DEFAULT_STRENGTH = 0.8;

/** `lusd generate`: a picture from text, or from text and a picture. */
export function generateCommand(services: Services) {
  return modelCommand('generate', 'make a picture from text')
    .optionsGroup('Picture:')
    .requiredOption('--prompt <text>', 'what the picture should show')
    .requiredOption('--output <file.png>', 'output file', parsePngPath)
    .option('--negative-prompt <text>', 'what the picture should not show', '')
    .option('--size <size>', "512 or 768x512; default: the model's own, or the picture's", parseSize)
    .option('--image <file>', 'a picture to start from')
    .option(
      '--strength <share>',
      'how much of that picture is replaced, from 0 to 1; default: 0.8',
      parseShare,
    )
    .addOption(pixelsOption())
    .optionsGroup('Sampling:')
    .option('--steps <n>', 'steps of the sampler', parsePositive, 50)
    .option(
      '--guidance-scale <w>',
      'guidance scale: weight of the prompt against the negative prompt',
      parseNumber,
      7.5,
    )
    .addOption(
      new Option('--sampler <name>')
        .choices(['ddim', 'euler', 'dpm++2m'] as const)
        .default('dpm++2m' as const),
    )
    .option('--eta <share>', 'ddim: share of noise that each step adds', parseShare, 0)
    .option('--seed <n>', 'seed of the noise', parseCount, 0)
    .addOption(
      new Option('--rng <generator>', "random generator: torch's CPU or CUDA generator")
        .choices(['cpu', 'cuda'] as const)
        .default('cpu' as const),
    )
    .option(
      '--clip-skip <n>',
      'number of last layers of the text encoder to skip, from 0; programs that count from 1 call 1 here 2',
      parseCount,
      0,
    )
    .action((options) => generate(services, options));
}

async function generate(services: Services, options: GenerateFlags): Promise<void> {
  const log = openLog(services, options);
  const { output } = options;
  requireEffect(options);
  const size = pixelSize(options.size);
  await checkOutputPath(output);
  const pictures = new PictureReader(options.pixels, log);
  const image = options.image === undefined ? null : await pictures.readImage(options.image);
  const picture = await withPipeline(options, log, async (pipeline: StableDiffusion) => {
    warnOfScheduler(log, pipeline, options.sampler);
    warnOfPrompts(log, pipeline, options);
    using progress = new Progress(log, options.steps);
    const onStep = ({ done, count, timestep }: DenoiseStep) => {
      progress.update(done);
      log.event('step', { done, count, timestep });
    };
    const { prompt, negativePrompt, steps, guidanceScale, sampler, eta, seed, rng, clipSkip } = options;
    const longPrompts = options.longPrompts ?? false;
    const flags = {
      prompt,
      negativePrompt,
      longPrompts,
      steps,
      guidanceScale,
      sampler,
      eta,
      seed,
      rng,
      clipSkip,
    };
    const request: TextToImageOptions = { ...flags, ...size, onStep, signal: services.signal };
    return image
      ? imageToImage(pipeline, { ...request, image, strength: options.strength ?? DEFAULT_STRENGTH })
      : textToImage(pipeline, request);
  });
  await writePng(output, picture);
  log.event('done', { path: output }, `Wrote ${output}.`);
}

/** Warns about settings of the model's own scheduler that this sampler ignores. */
function warnOfScheduler(log: Log, { schedulerConfig }: StableDiffusion, sampler: SamplerName): void {
  const fields = unfollowedFields(schedulerConfig, sampler);
  if (fields.length === 0) return;
  const named = fields.map(({ field, value }) => `${field} ${formatPythonJson(value)}`).join(', ');
  log.warn(`the model's scheduler_config.json has ${named}, which --sampler ${sampler} ignores`, {
    sampler,
    fields: fields.map(({ field }) => field),
  });
}

function warnOfPrompts(log: Log, { tokenizer }: StableDiffusion, options: GenerateFlags): void {
  const { prompt, negativePrompt, guidanceScale, longPrompts } = options;
  if (longPrompts) return;
  warnOfUnreadWords(log, { prompt: 'prompt', unread: tokenizer.unreadWords(prompt) });
  if (guidanceScale > 1)
    warnOfUnreadWords(log, { prompt: 'negative prompt', unread: tokenizer.unreadWords(negativePrompt) });
}

/** @throws UsageError for an option that has no effect with the others */
function requireEffect({ strength, image, eta, sampler }: GenerateFlags): void {
  if (strength !== undefined && image === undefined) throw new UsageError('--strength needs an --image');
  if (eta > 0 && sampler !== 'ddim') throw new UsageError('--eta needs --sampler ddim');
}

function pixelSize(size: Size | undefined): { width?: number; height?: number } {
  if (size === undefined) return {};
  if (size === 'original')
    throw new UsageError("--size must be numbers such as 512 or 768x512; 'original' cannot be used here");
  const [width, height] = typeof size === 'number' ? [size, size] : size;
  return { width, height };
}
