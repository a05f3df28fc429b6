import type { Image } from '@lusd/sd-models';
import { keep, type Tensor } from '@lusd/tensor';
import { Disposables } from './disposables.ts';
import type { Editor, Facts, Step } from './editors/editor.ts';
import type { EditModel, EditRequest, EditSettings } from './editRequest.ts';
import { OptionError } from './errors.ts';
import { makeProblem } from './makeProblem.ts';
import { type FramedPicture, framePicture } from './picture/framedPicture.ts';
import { decodeLatents } from './picture/latents.ts';
import { maskPicture } from './picture/maskPicture.ts';
import { chooseTargetTokens } from './prompts/chooseTargetTokens.ts';
import { ChunkedTokenizer } from './prompts/longPrompts.ts';
import type { TargetTokens } from './prompts/targetTokens.ts';
import type { UNetDenoiser } from './unetDenoiser.ts';

/** The ends of the prompts that the model does not read, since they are too long; null if it reads all. */
export interface UnreadWords {
  readonly source: string | null;
  readonly target: string | null;
  /** Of the request's negative prompt; null without one. */
  readonly negative: string | null;
}

/** One iteration, with the method's facts about it. Its tensors are valid until the next step is requested. */
export type EditStep<F extends Facts = Facts> = F & {
  /** From 0. */
  readonly iteration: number;
  /** Draws it took, the accepted one included. */
  readonly attempts: number;
  readonly timestep: number;
  /** The edited picture so far. */
  readonly preview: Image | null;
};

/**
 * Edits a picture. Nothing runs on the device before its steps or its result are requested. The caller keeps the
 * model.
 *
 * @param editor the method with its options, such as `lusd()`
 * @throws OptionError for a request or settings that cannot be used; errors that depend on the method are thrown at the
 *   first step
 */
export function edit<F extends Facts>(
  model: EditModel,
  request: EditRequest,
  editor: Editor<F>,
  settings: EditSettings = {},
): Edit<F> {
  const { image, mask, composite } = request;
  if (composite && !mask) throw new OptionError('composite', 'needs a mask; give one, or omit it');
  const every = settings.previews?.every ?? 1;
  if (!Number.isSafeInteger(every) || every < 1)
    throw new OptionError('previews', `must be every 1 or more iterations, but is every ${every}`);
  const picture = framePicture(image, mask, model.vae.downscaleFactor, settings.frame);
  return new Edit(model, request, editor, settings, picture);
}

/**
 * A running edit: iterate over its steps, or await `result()`, or both in turn. Stopping the iteration early ends it.
 */
export class Edit<F extends Facts = Facts> implements AsyncIterable<EditStep<F>> {
  /** The source as it is edited: cut and resized, without padding. */
  readonly source: Image;
  /** The parts of the prompts that the model does not read. */
  readonly unread: UnreadWords;
  /** The prompts in chunks, where long ones are read whole. */
  private readonly chunks: ChunkedTokenizer | null;
  private readonly steps: AsyncGenerator<EditStep<F>, void>;
  private tokens: Promise<TargetTokens> | null = null;
  private edited: Image | null = null;
  private denoiser: UNetDenoiser | null = null;

  /** @internal */
  constructor(
    private readonly model: EditModel,
    private readonly request: EditRequest,
    private readonly editor: Editor<F>,
    private readonly settings: EditSettings,
    private readonly picture: FramedPicture,
  ) {
    this.source = picture.unframe(picture.image);
    const { source, target, negative = '', longPrompts = false } = request;
    const { tokenizer } = model;
    this.chunks = longPrompts ? new ChunkedTokenizer(tokenizer, [source, target]) : null;
    this.unread = {
      source: longPrompts ? null : tokenizer.unreadWords(source),
      target: longPrompts ? null : tokenizer.unreadWords(target),
      negative: longPrompts ? null : tokenizer.unreadWords(negative),
    };
    this.steps = this.run();
  }

  /**
   * The iterations, each run when it is requested.
   * @throws OptionError for options that do not fit the model or the prompts; PredictionError when the model's output
   *   is not finite; the signal's abort reason
   */
  [Symbol.asyncIterator](): AsyncGenerator<EditStep<F>, void> {
    return this.steps;
  }

  /**
   * Runs the remaining iterations and returns the edited picture: of the frame's size, without padding.
   * @throws the errors of the steps
   */
  async result(): Promise<Image> {
    for await (const _ of this.steps);
    if (!this.edited) throw new Error('edit: the run was stopped before its end and has no result');
    return this.edited;
  }

  /** Batches that went through the UNet so far, those of draws that were not accepted included. */
  get unetCalls(): number {
    return this.denoiser?.unetCalls ?? 0;
  }

  /** Which tokens of the target prompt the edit is about. @throws OptionError for a choice that is not in the prompt */
  targetTokens(): Promise<TargetTokens> {
    const { source, target, targetTokens } = this.request;
    this.tokens ??= chooseTargetTokens(source, target, this.chunks ?? this.model.tokenizer, targetTokens);
    return this.tokens;
  }

  /**
   * A step's mask as a grey picture of the result's size: white where the picture may change.
   * @param mask [1, h, w, 1] in [0, 1]
   */
  async maskPicture(mask: Tensor): Promise<Image> {
    return this.picture.unframe(await maskPicture(mask, this.picture.image));
  }

  /** The target tokens by their places among the tokens that the UNet attends to. */
  private async contextTokens(): Promise<TargetTokens> {
    const tokens = await this.targetTokens();
    return {
      ...tokens,
      indices: tokens.indices.map((index) => this.chunks?.contextPosition(index) ?? index),
    };
  }

  private async *run(): AsyncGenerator<EditStep<F>, void> {
    const { model, request, editor, settings, picture } = this;
    const { record, previews, signal } = settings;
    signal?.throwIfAborted();
    await model.compile?.(picture.image.width, picture.image.height);
    using held = new Disposables();
    const tokens = () => this.contextTokens();
    const problem = makeProblem(model, request, settings, picture, editor, tokens, held);
    this.denoiser = problem.denoiser;
    await releaseIdle(problem.source);
    if (record) {
      const { source, target, longPrompts = false } = request;
      using embeddings = model.encodePrompts([source, target], { longPrompts });
      await record.begin(picture.image, problem.source, embeddings);
    }
    using ended = new Disposables();
    let latents: Tensor | null = null;
    let preview: Image | null = null;
    for await (const step of editor.run(problem)) {
      await record?.step(step);
      if (!step.accepted) continue;
      const isLast = step.iteration === editor.numSteps - 1;
      const isShown = previews !== undefined && (isLast || step.iteration % previews.every === 0);
      const shown = isLast ? step.latents : (step.facts.original ?? step.latents);
      preview = isShown ? await decodeLatents(model.vae, shown) : null;
      if (isLast) latents = ended.add(keep(step.latents.detach()));
      yield summary(step, preview && picture.unframe(preview));
      signal?.throwIfAborted();
    }
    if (!latents) return;
    // What the steps held makes room for the decoder.
    held.dispose();
    await releaseIdle(latents);
    const decoded = preview ?? (await decodeLatents(model.vae, latents));
    await record?.end(latents, decoded);
    this.edited = request.composite ? picture.composite(decoded) : picture.unframe(decoded);
  }
}

/** Frees what the device of `x` keeps for reuse: a model's tensors seldom have the sizes of another's. */
async function releaseIdle({ device }: Tensor): Promise<void> {
  await device.sync();
  device.trim();
}

/** A step as the caller of `edit` receives it. */
function summary<F extends Facts>(
  { iteration, attempt, timestep, facts }: Step<F>,
  preview: Image | null,
): EditStep<F> {
  return { ...facts, iteration, attempts: attempt + 1, timestep, preview };
}
