import type { NoiseSchedule, PreparedContext, UNet2DConditionModel, UNetHooks } from '@lusd/sd-models';
import {
  CapturedFunction,
  concat,
  enableGrad,
  grad,
  keep,
  narrow,
  noGrad,
  requireGrad,
  scope,
  split,
  type Tensor,
  tensor,
} from '@lusd/tensor';

/**
 * The prompts of an edit; 'null' is the empty one, which guidance leads away from, 'negative' what some methods lead away
 * from besides.
 */
export type Prompt = 'null' | 'source' | 'target' | 'negative';

/** One requested prediction. */
export interface Query {
  /** Noisy latents z_t, f32 [1, h, w, C]. */
  readonly noisy: Tensor;
  readonly prompt: Prompt;
  /**
   * Weight w of classifier-free guidance: e(z_t, null) + w (e(z_t, prompt) - e(z_t, null)), arXiv 2207.12598. Left out:
   * none, at half the cost.
   */
  readonly guidance?: number;
}

/** Where the UNet's batch holds a query. */
export interface BatchItems {
  /** The item of the query's prompt. */
  readonly prompt: number;
  /** The item of the null prompt; null without guidance. */
  readonly null: number | null;
}

/** Reads or replaces what happens inside the UNet while it answers queries. */
export interface Tap<T> {
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
  /** Answers all queries in one batch, without gradients. Call it in a `scope`. @throws what the tap throws */
  predict<const Q extends readonly Query[], T = null>(
    timestep: number,
    queries: Q,
    tap?: Tap<T> | null,
  ): Prediction<Q, T>;
  /**
   * The gradient of `loss` at `latents`, through the model; none of its weights. Left out where the model has none. Call
   * it in a `scope`.
   */
  readonly gradient?: ((latents: Tensor, loss: LossOfLatents) => LossGradient) | undefined;
}

/** The UNet as an edit uses it. */
export type Unet = Pick<UNet2DConditionModel, 'prepareContext' | 'forward'>;

/**
 * A UNet as a denoiser. Prompts are encoded, and the keys and values of the cross-attention computed, once; each kind
 * of call is captured at its second time, since an edit repeats it with latents of one shape. Dispose it, or declare
 * it with `using`.
 */
export class UNetDenoiser implements Denoiser {
  private readonly embeddings = new Map<Prompt, Tensor>();
  private readonly calls: BatchedCall<unknown>[] = [];

  constructor(
    private readonly unet: Unet,
    private readonly schedule: NoiseSchedule,
    /** The texts of prompts, encoded [prompts, tokens, width]. */
    private readonly encode: (prompts: readonly Prompt[]) => Tensor,
  ) {}

  predict<const Q extends readonly Query[], T = null>(
    timestep: number,
    queries: Q,
    tap: Tap<T> | null = null,
  ): Prediction<Q, T> {
    return noGrad(() => {
      const { outputs, tapped } = this.callFor(queries, tap).run(timestep, queries);
      const noises = queries.map(({ noisy }, i) => this.schedule.predictNoise(outputs[i]!, noisy, timestep));
      return { noises, tapped } as unknown as Prediction<Q, T>;
    });
  }

  gradient(latents: Tensor, loss: LossOfLatents): LossGradient {
    return enableGrad(() =>
      scope(() => {
        const leaf = requireGrad(latents.detach());
        const value = loss(leaf, (...query) => this.differentiable(...query));
        const [gradient] = grad(value, [leaf]);
        return { loss: value.detach(), gradient: gradient! };
      }),
    );
  }

  dispose(): void {
    for (const item of [...this.calls.splice(0), ...this.embeddings.values()]) item.dispose();
    this.embeddings.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** As `predict`, for gradients to flow through. */
  private differentiable<const Q extends readonly Query[], T = null>(
    timestep: number,
    queries: Q,
    tap: Tap<T> | null = null,
  ): Prediction<Q, T> {
    const call = noGrad(() => this.callFor(queries, tap));
    const { outputs, tapped } = call.runOnce(timestep, queries);
    const noises = queries.map(({ noisy }, i) => this.schedule.predictNoise(outputs[i]!, noisy, timestep));
    return { noises, tapped } as unknown as Prediction<Q, T>;
  }

  private callFor<T>(queries: readonly Query[], tap: Tap<T> | null): BatchedCall<T> {
    const plan = planBatch(queries);
    const known = this.calls.find((call) => call.fits(plan, tap));
    if (known) return known as BatchedCall<T>;
    const context = scope(() => this.unet.prepareContext(concat(this.embed(promptsOf(plan)))));
    const call = new BatchedCall(this.unet, context, plan, tap);
    this.calls.push(call);
    return call;
  }

  /** Encoded prompts, [1, tokens, width] each; those that are new are encoded in one batch. */
  private embed(prompts: readonly Prompt[]): Tensor[] {
    const missing = [...new Set(prompts)].filter((prompt) => !this.embeddings.has(prompt));
    if (missing.length > 0) {
      const encoded = split(this.encode(missing), 1, 0);
      for (const [i, prompt] of missing.entries()) this.embeddings.set(prompt, keep(encoded[i]!));
    }
    return prompts.map((prompt) => this.embeddings.get(prompt)!);
  }
}

/** A query without its latents. */
interface PlannedQuery {
  /** Which of the queries' distinct latents it is given. */
  readonly input: number;
  readonly prompt: Prompt;
  readonly guidance: number | null;
}

function planBatch(queries: readonly Query[]): PlannedQuery[] {
  const inputs = distinctInputs(queries);
  return queries.map(({ noisy, prompt, guidance = null }) => ({
    input: inputs.indexOf(noisy),
    prompt,
    guidance,
  }));
}

function distinctInputs(queries: readonly Query[]): Tensor[] {
  return [...new Set(queries.map(({ noisy }) => noisy))];
}

/** Batch items of a query: with guidance the null prompt's comes first. */
function itemsOf({ guidance }: PlannedQuery): number {
  return guidance === null ? 1 : 2;
}

/** The prompt of each batch item. */
function promptsOf(plan: readonly PlannedQuery[]): Prompt[] {
  return plan.flatMap(({ prompt, guidance }): Prompt[] => (guidance === null ? [prompt] : ['null', prompt]));
}

interface Answers<T> {
  /** The UNet's output for each query, guided. */
  readonly outputs: readonly Tensor[];
  readonly tapped: T | null;
}

/** The same queries again and again, for other latents and timesteps. */
class BatchedCall<T> {
  private readonly captured = new CapturedFunction((timestep: Tensor, ...inputs: Tensor[]) =>
    this.forward(timestep, inputs),
  );

  constructor(
    private readonly unet: Unet,
    private readonly context: PreparedContext,
    private readonly plan: readonly PlannedQuery[],
    private readonly tap: Tap<T> | null,
  ) {}

  /** Whether this is the call for queries of such a plan. */
  fits(plan: readonly PlannedQuery[], tap: Tap<unknown> | null): boolean {
    const { plan: own } = this;
    return tap === this.tap && plan.length === own.length && plan.every((query, i) => isSame(query, own[i]!));
  }

  run(timestep: number, queries: readonly Query[]): Answers<T> {
    const inputs = distinctInputs(queries);
    return this.captured.call(tensor([timestep], { device: inputs[0]!.device }), ...inputs);
  }

  /** Without a capture, and recorded for gradients. */
  runOnce(timestep: number, queries: readonly Query[]): Answers<T> {
    const inputs = distinctInputs(queries);
    return this.forward(tensor([timestep], { device: inputs[0]!.device }), inputs);
  }

  dispose(): void {
    this.captured.dispose();
    this.context.dispose();
  }

  private forward(timestep: Tensor, inputs: readonly Tensor[]): Answers<T> {
    const { plan, tap } = this;
    const listener = tap?.listen(batchItemsOf(plan));
    using hooks = listener?.hooks ?? null;
    const batch = plan.flatMap((query) => Array<Tensor>(itemsOf(query)).fill(inputs[query.input]!));
    const output = this.unet.forward(concat(batch), timestep, { context: this.context, hooks });
    const outputs = split(output, plan.map(itemsOf), 0).map((part, i) => guided(part, plan[i]!.guidance));
    return { outputs, tapped: listener?.read() ?? null };
  }
}

/** Where the batch holds each query. */
function batchItemsOf(plan: readonly PlannedQuery[]): BatchItems[] {
  let end = 0;
  return plan.map((query) => {
    end += itemsOf(query);
    return { prompt: end - 1, null: query.guidance === null ? null : end - 2 };
  });
}

function guided(output: Tensor, guidance: number | null): Tensor {
  if (guidance === null) return output;
  const [plain, given] = [narrow(output, 0, 0, 1), narrow(output, 0, 1, 1)];
  return plain.add(given.sub(plain).mul(guidance));
}

function isSame(a: PlannedQuery, b: PlannedQuery): boolean {
  return a.input === b.input && a.prompt === b.prompt && a.guidance === b.guidance;
}
