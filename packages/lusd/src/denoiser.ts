import type { Moment, UNetHooks } from '@lusd/sd-models';
import type { Tensor } from '@lusd/tensor';
import type { RepeatedStep } from './repeatedStep.ts';

/**
 * The prompts of an edit; 'null' is the empty one, which guidance leads away from, 'negative' what some methods lead away
 * from besides.
 */
export type Prompt = 'null' | 'source' | 'target' | 'negative';

/** One of the edit's prompts, or a text of the method's own. */
export type QueryPrompt = Prompt | { readonly text: string };

/** One requested prediction. */
export interface Query {
  /** Noisy latents z_t, f32 [1, h, w, C]. */
  readonly noisy: Tensor;
  readonly prompt: QueryPrompt;
  /**
   * Weight w of classifier-free guidance: e(z_t, null) + w (e(z_t, prompt) - e(z_t, null)), arXiv 2207.12598. Left out:
   * none, at half the cost.
   */
  readonly guidance?: number;
  /** The prompt that guidance leads away from, in the place of the null one. */
  readonly negative?: QueryPrompt;
  /** Latents joined to the channels of `noisy`, f32 [1, h, w, n], for a UNet that takes such; not copied. */
  readonly beside?: Tensor;
}

/** Where the UNet's batch holds a query. */
export interface BatchItems {
  /** The item of the query's prompt. */
  readonly prompt: number;
  /** The item of the prompt that guidance leads away from; null without guidance. */
  readonly null: number | null;
}

/** Reads or replaces what happens inside the UNet while it answers queries. */
export interface Tap<T> {
  /**
   * Whether it copes with one item for all where queries have the same latents: in layers before the first
   * cross-attention. Default false; every item then has its own.
   */
  readonly allowsOneForAll?: boolean;
  /** Listens to one pass. @param items where the batch holds each query */
  listen(items: readonly BatchItems[]): Listener<T>;
}

/** What a tap hears of one pass of the UNet. */
export interface Listener<T> {
  /** Handed to the UNet, then freed. */
  readonly hooks: UNetHooks & Disposable;
  /** What was heard, after the pass: a tensor, or an object of tensors. */
  read(): T;
}

/** The answers to queries, valid until the next prediction or the end of the scope: copy what should be kept. */
export interface Prediction<Q extends readonly Query[], T> {
  /** The noise predicted for each query, f32 [1, h, w, C]. */
  readonly noises: { readonly [K in keyof Q]: Tensor };
  /** What the tap read; null without one. */
  readonly tapped: T;
}

/** A scalar of latents, f32, computed by tensor operations and by `predict`, through which gradients flow. */
export type LossOfLatents = (latents: Tensor, predict: Denoiser['predict']) => Tensor;

/** A loss and its gradient. */
export interface LossGradient {
  /** f32 []. */
  readonly loss: Tensor;
  /** Of the latents' shape. */
  readonly gradient: Tensor;
}

/** A diffusion model as editors see it. */
export interface Denoiser {
  /** Channels that the model takes, more than the latents' where it is given a picture too; left out: the latents'. */
  readonly inChannels?: number | undefined;
  /**
   * Answers all queries in one batch, without gradients. Call it in a `scope`.
   * @param timestep a `Moment` in a step that `capture` was given
   * @throws LusdError when the model takes other channels than the queries have; what the tap throws
   */
  predict<const Q extends readonly Query[], T = null>(
    timestep: number | Moment,
    queries: Q,
    tap?: Tap<T> | null,
  ): Prediction<Q, T>;
  /**
   * The gradient of `loss` at `latents`, through the model; none of its weights. Left out where the model has none. Call
   * it in a `scope`.
   */
  readonly gradient?: ((latents: Tensor, loss: LossOfLatents) => LossGradient) | undefined;
  /**
   * A step of predictions at a `Moment` and of tensor operations on its operands, run at its first call, captured at its
   * second, and from then on replayed; not beyond `release`. Left out where predictions take part in no capture: steps
   * are then run each time.
   */
  readonly capture?: (<T>(step: (...operands: Tensor[]) => T) => RepeatedStep<T>) | undefined;
  /**
   * Frees what is kept for kinds of calls that were made so far, for a method that goes on with other kinds. Left out
   * where nothing is kept.
   */
  readonly release?: (() => void) | undefined;
}
