import type { Image, LongPromptOptions, Mask, StableDiffusion } from '@lusd/sd-models';
import { keep, scope, split, type Tensor, tensor } from '@lusd/tensor';
import { type DrawSource, GeneratorDraws, makeGenerator, type Rng } from './draws.ts';
import { OptionError } from './errors.ts';
import {
  composite,
  type Frame,
  type FrameOptions,
  frameImage,
  frameMask,
  latentMask,
  planFrame,
  unframeImage,
} from './frame.ts';
import type { Attempt } from './gradientFilter.ts';
import { decodeTruncated, encodeMean } from './latents.ts';
import { NoiseSchedule } from './noise.ts';
import { type LatentStep, optimizeLatents } from './optimizeLatents.ts';
import { type EditOptions, parseEditOptions, timestepLimit } from './options.ts';
import { UNetPredictor } from './prediction.ts';
import { chooseTargetTokens, type TokenChoice } from './prompts/chooseTargetTokens.ts';
import { ChunkedTokenizer } from './prompts/longPrompts.ts';
import type { TargetTokens } from './prompts/targetTokens.ts';
import type { TrajectoryRecorder } from './trajectory.ts';

/** A picture, what it shows and what it shall show, with every option of the algorithm. */
export interface EditRequest extends Partial<EditOptions>, FrameOptions, LongPromptOptions {
  readonly image: Image;
  /** What the picture shows; may be empty. */
  readonly source: string;
  /** What it shall show. */
  readonly target: string;
  /** Which tokens of the target the mask is made from; default: the words in which the prompts differ. */
  readonly targetTokens?: TokenChoice;
  /** Where the picture may change: white everywhere it may, black nowhere; of the picture's size. */
  readonly mask?: Mask;
  /** Puts the untouched pixels of the picture back outside `mask`; default false. */
  readonly composite?: boolean;
  /** Seed of the draws; default 0. */
  readonly seed?: number;
  /** torch's generator to draw as; default 'cuda', the released program's. */
  readonly rng?: Rng;
  /** Draws from elsewhere (a recorded trajectory), in place of a seed. */
  readonly draws?: DrawSource;
  /** Decodes a preview at every multiple of `saveStep` and at the last step; default false. */
  readonly previews?: boolean;
  /** Writes the run down. */
  readonly recorder?: TrajectoryRecorder;
  readonly signal?: AbortSignal;
}

/** The ends of both prompts that the model does not read, since they are too long; null where it reads all. */
export interface UnreadWords {
  readonly source: string | null;
  readonly target: string | null;
}

/** One accepted iteration. */
export interface EditStep {
  readonly iteration: number;
  /** Draws it took, the accepted one included. */
  readonly attempts: number;
  readonly timestep: number;
  /** Standard deviation of the accepted gradient, and what it had to reach. */
  readonly std: number;
  readonly threshold: number;
  /** True where no draw reached the threshold and the last one allowed was taken. */
  readonly exhausted: boolean;
  /** The mask after narrowing, [1, h, w, 1], until the next step; null where there is none. */
  readonly mask: Tensor | null;
  readonly preview: Image | null;
}

export interface EditResult {
  /** The edited picture: of the frame's size, without padding. */
  readonly image: Image;
  /** The source as it was edited: cut and resized. */
  readonly source: Image;
  /** Which words the mask looked at. */
  readonly targetTokens: TargetTokens;
}

/**
 * A running edit: iterate over its steps, or await `result()`, or both in turn. Stopping the iteration early ends it.
 */
export class Edit implements AsyncIterable<EditStep> {
  private readonly steps: AsyncGenerator<EditStep, EditResult>;
  private ended: EditResult | null = null;

  /** @internal */
  constructor(
    steps: AsyncGenerator<EditStep, EditResult>,
    /** Which words the mask looks at, for the log. */
    readonly targetTokens: TargetTokens,
    /** What of the prompts is not read, for the log. */
    readonly unread: UnreadWords,
  ) {
    this.steps = steps;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EditStep, void> {
    try {
      for (let next = await this.steps.next(); ; next = await this.steps.next()) {
        if (next.done) {
          this.ended ??= next.value;
          return;
        }
        yield next.value;
      }
    } finally {
      // Reached early when the caller stops: the generator frees what it holds.
      if (!this.ended) await this.steps.return(undefined as never);
    }
  }

  /** Runs what is left and returns the edited picture. @throws what the edit throws */
  async result(): Promise<EditResult> {
    for await (const _ of this);
    if (!this.ended) throw new Error('edit: it was stopped before its end and has no result');
    return this.ended;
  }
}

/**
 * Edits a picture with LUSD (arXiv 2503.11054). Every default is the released program's. The models stay the
 * caller's.
 * @throws OptionError for options that cannot be, here or at the first step; at a step PredictionError when the model's
 *   output is not finite, and what `signal` was aborted with
 */
export async function edit(pipeline: StableDiffusion, request: EditRequest): Promise<Edit> {
  if (request.composite && !request.mask)
    throw new OptionError('composite needs a mask; give one, or leave it out');
  const { source, target, longPrompts = false } = request;
  const { tokenizer } = pipeline;
  const chunked = longPrompts ? new ChunkedTokenizer(tokenizer, [source, target]) : null;
  const targetTokens = await chooseTargetTokens(source, target, chunked ?? tokenizer, request.targetTokens);
  const options = parseEditOptions(optionsOf(request));
  const unread = {
    source: longPrompts ? null : tokenizer.unreadWords(source),
    target: longPrompts ? null : tokenizer.unreadWords(target),
  };
  const contextTokens = targetTokens.indices.map((index) => chunked?.contextPosition(index) ?? index);
  return new Edit(run(pipeline, request, options, targetTokens, contextTokens), targetTokens, unread);
}

const OPTION_NAMES = Object.keys(parseEditOptions()) as (keyof EditOptions)[];

function optionsOf(request: EditRequest): Partial<EditOptions> {
  return Object.fromEntries(
    OPTION_NAMES.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]])),
  );
}

async function* run(
  pipeline: StableDiffusion,
  request: EditRequest,
  options: EditOptions,
  targetTokens: TargetTokens,
  /** Their places among the tokens that the UNet attends to. */
  contextTokens: readonly number[],
): AsyncGenerator<EditStep, EditResult> {
  const { recorder, signal, longPrompts = false } = request;
  signal?.throwIfAborted();
  const frame = planFrame(request.image.width, request.image.height, request);
  const image = frameImage(request.image, frame);
  const mask = request.mask ? frameMask(request.mask, request.image, frame) : null;
  const schedule = new NoiseSchedule(pipeline.schedulerConfig);

  using held = new Held();
  const source = held.add(encodeMean(pipeline, image));
  const contexts = held.add(pipeline.encodePrompts([request.source, request.target], { longPrompts }));
  const predictor = held.add(
    scope(() => makePredictor(pipeline, contexts, schedule, contextTokens.length > 0)),
  );
  const userMask = mask && held.add(maskTensor(mask, frame, source));
  recorder?.image('image', image);
  await recorder?.embeddings(contexts);
  await recorder?.latents('z_source', source);

  const steps = optimizeLatents({
    source,
    predictor,
    schedule,
    draws: request.draws ?? drawsFor(request, options, source.size),
    options,
    targetTokens: contextTokens,
    userMask,
    signal,
    onAttempt: recorder && ((attempt: Attempt) => recorder.attempt(attempt)),
  });
  const latents = held.add(yield* editSteps(steps, pipeline, request, options, frame));
  await recorder?.latents('z_final', latents);

  signal?.throwIfAborted();
  const decoded = await decodeTruncated(pipeline, latents);
  recorder?.image('output', decoded);
  const edited = mask && request.composite ? composite(image, decoded, mask) : decoded;
  return { image: unframeImage(edited, frame), source: unframeImage(image, frame), targetTokens };
}

/** The latent steps as the caller sees them; ends with the edited latents. */
async function* editSteps(
  steps: AsyncGenerator<LatentStep, Tensor>,
  pipeline: StableDiffusion,
  { previews = false, recorder }: EditRequest,
  { saveStep, numSteps }: EditOptions,
  frame: Frame,
): AsyncGenerator<EditStep, Tensor> {
  try {
    for (let next = await steps.next(); ; next = await steps.next()) {
      if (next.done) return next.value;
      const step = next.value;
      await recorder?.step(step);
      const isSaved = previews && (step.iteration % saveStep === 0 || step.iteration === numSteps - 1);
      const preview = isSaved ? unframeImage(await decodeTruncated(pipeline, step.latents), frame) : null;
      yield summary(step, preview);
    }
  } finally {
    await steps.return(undefined as never);
  }
}

function summary({ iteration, attempt, mask }: LatentStep, preview: Image | null): EditStep {
  const { timestep, std, threshold, exhausted } = attempt;
  return { iteration, attempts: attempt.attempt + 1, timestep, std, threshold, exhausted, mask, preview };
}

function makePredictor(
  { unet }: StableDiffusion,
  contexts: Tensor,
  schedule: NoiseSchedule,
  collectMaps: boolean,
): UNetPredictor {
  const [source, target] = split(contexts, [1, 1], 0);
  return new UNetPredictor(unet, schedule, { source: source!, target: target! }, collectMaps);
}

function drawsFor(
  { rng = 'cuda', seed = 0 }: EditRequest,
  { tMin, tMax }: EditOptions,
  noiseSize: number,
): DrawSource {
  return new GeneratorDraws(makeGenerator(rng, seed), tMin, timestepLimit(tMax), noiseSize);
}

function maskTensor(mask: Mask, frame: Frame, latents: Tensor): Tensor {
  const [, height, width] = latents.shape;
  const weights = latentMask(mask, frame.width / width!);
  return keep(tensor(weights, { shape: [1, height!, width!, 1], device: latents.device }));
}

/** What one edit holds on the device, freed together at its end. */
class Held {
  private readonly items: { dispose(): void }[] = [];

  add<T extends { dispose(): void }>(item: T): T {
    this.items.push(item);
    return item;
  }

  [Symbol.dispose](): void {
    for (const item of this.items.reverse()) item.dispose();
  }
}
