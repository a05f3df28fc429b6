import type {
  Moment,
  NoiseSchedule,
  PreparedContext,
  UNet2DConditionModel,
  UNetConfig,
} from '@lusd/sd-models';
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
import type {
  BatchItems,
  Denoiser,
  LossGradient,
  LossOfLatents,
  Prediction,
  Query,
  QueryPrompt,
  Tap,
} from './denoiser.ts';
import { LusdError } from './errors.ts';
import type { RepeatedStep } from './repeatedStep.ts';

/** The UNet as an edit uses it. */
export type Unet = Pick<UNet2DConditionModel, 'prepareContext' | 'forward'> & {
  readonly config: Pick<UNetConfig, 'inChannels'>;
};

/**
 * A UNet as a denoiser. Prompts are encoded, and the keys and values of the cross-attention computed, once; each kind
 * of call is captured at its second time, since an edit repeats it with latents of one shape. Dispose it, or declare
 * it with `using`.
 */
export class UNetDenoiser implements Denoiser {
  /** Encoded prompts by `keyOf`. */
  private readonly embeddings = new Map<string, Tensor>();
  private readonly calls: BatchedCall<unknown>[] = [];
  private counted = 0;

  constructor(
    private readonly unet: Unet,
    private readonly schedule: NoiseSchedule,
    /** The texts of prompts, encoded [prompts, tokens, width]. */
    private readonly encode: (prompts: readonly QueryPrompt[]) => Tensor,
  ) {}

  get inChannels(): number {
    return this.unet.config.inChannels;
  }

  /** Batches that went through the UNet so far, with gradients or without. */
  get unetCalls(): number {
    return this.counted;
  }

  predict<const Q extends readonly Query[], T = null>(
    timestep: number | Moment,
    queries: Q,
    tap: Tap<T> | null = null,
  ): Prediction<Q, T> {
    if (typeof timestep !== 'number') return noGrad(() => this.predictOnce(timestep, queries, tap));
    this.counted++;
    return noGrad(() => {
      const answers = this.callFor(queries, tap).run(timestep, queries);
      return this.prediction(timestep, queries, answers);
    });
  }

  capture<T>(step: (...operands: Tensor[]) => T): RepeatedStep<T> {
    const captured = new CapturedFunction(step);
    let calls = 0;
    return {
      call: (...operands) => {
        const before = this.counted;
        const result = captured.call(...operands);
        // A replay asks for no prediction here.
        if (this.counted > before) calls = this.counted - before;
        else this.counted += calls;
        return result;
      },
      dispose: () => captured.dispose(),
    };
  }

  gradient(latents: Tensor, loss: LossOfLatents): LossGradient {
    return enableGrad(() =>
      scope(() => {
        const leaf = requireGrad(latents.detach());
        const value = loss(leaf, (...query) => this.predictOnce(...query));
        const [gradient] = grad(value, [leaf]);
        return { loss: value.detach(), gradient: gradient! };
      }),
    );
  }

  /** Each captured kind of call holds the memory of a whole pass. */
  release(): void {
    for (const call of this.calls.splice(0)) call.dispose();
  }

  dispose(): void {
    this.release();
    for (const embedding of this.embeddings.values()) embedding.dispose();
    this.embeddings.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** As `predict`, without a capture of its own, and for gradients to flow through. */
  private predictOnce<const Q extends readonly Query[], T = null>(
    timestep: number | Moment,
    queries: Q,
    tap: Tap<T> | null = null,
  ): Prediction<Q, T> {
    this.counted++;
    const call = noGrad(() => this.callFor(queries, tap));
    return this.prediction(timestep, queries, call.runOnce(timestep, queries));
  }

  private prediction<Q extends readonly Query[], T>(
    timestep: number | Moment,
    queries: Q,
    { outputs, tapped }: Answers<T>,
  ): Prediction<Q, T> {
    const noises = queries.map(({ noisy }, i) => this.schedule.predictNoise(outputs[i]!, noisy, timestep));
    return { noises, tapped } as unknown as Prediction<Q, T>;
  }

  private callFor<T>(queries: readonly Query[], tap: Tap<T> | null): BatchedCall<T> {
    const plan = planBatch(queries);
    const known = this.calls.find((call) => call.fits(plan, tap));
    if (known) return known as BatchedCall<T>;
    requireChannels(this.unet, queries);
    const context = scope(() => this.unet.prepareContext(concat(this.embed(promptsOf(plan)))));
    const call = new BatchedCall(this.unet, context, plan, tap);
    this.calls.push(call);
    return call;
  }

  /** Encoded prompts, [1, tokens, width] each; those that are new are encoded in one batch. */
  private embed(prompts: readonly QueryPrompt[]): Tensor[] {
    const missing = new Map(prompts.map((prompt) => [keyOf(prompt), prompt]));
    for (const key of this.embeddings.keys()) missing.delete(key);
    if (missing.size > 0) {
      const encoded = split(this.encode([...missing.values()]), 1, 0);
      for (const [i, key] of [...missing.keys()].entries()) this.embeddings.set(key, keep(encoded[i]!));
    }
    return prompts.map((prompt) => this.embeddings.get(keyOf(prompt))!);
  }
}

/** What tells prompts apart: a name, or a text in quotes. */
function keyOf(prompt: QueryPrompt): string {
  return typeof prompt === 'string' ? prompt : JSON.stringify(prompt.text);
}

/** @throws LusdError when the UNet takes other channels than a query has */
function requireChannels({ config: { inChannels } }: Unet, queries: readonly Query[]): void {
  for (const { noisy, beside } of queries) {
    const channels = (noisy.shape[3] ?? 0) + (beside?.shape[3] ?? 0);
    if (channels === inChannels) continue;
    const remedy = beside
      ? 'use one that was trained on instructions, such as timbrooks/instruct-pix2pix'
      : 'use a text-to-image model, or for one that was trained on instructions the methods instruct-pix2pix and ssd';
    throw new LusdError(
      `the model's UNet takes ${inChannels} channels, but the method gives it ${channels}; ${remedy}`,
    );
  }
}

/** A query without its latents. */
interface PlannedQuery {
  /** Which of the queries' distinct latents it is given. */
  readonly input: number;
  /** Which of them is joined to its channels; null for none. */
  readonly beside: number | null;
  readonly prompt: QueryPrompt;
  readonly negative: QueryPrompt;
  readonly guidance: number | null;
}

function planBatch(queries: readonly Query[]): PlannedQuery[] {
  const inputs = distinctInputs(queries);
  return queries.map(({ noisy, beside, prompt, negative = 'null', guidance = null }) => ({
    input: inputs.indexOf(noisy),
    beside: beside ? inputs.indexOf(beside) : null,
    prompt,
    negative,
    guidance,
  }));
}

function distinctInputs(queries: readonly Query[]): Tensor[] {
  return [...new Set(queries.flatMap(({ noisy, beside }) => (beside ? [noisy, beside] : [noisy])))];
}

/** Batch items of a query: with guidance that of the prompt it leads away from comes first. */
function itemsOf({ guidance }: PlannedQuery): number {
  return guidance === null ? 1 : 2;
}

/** The prompt of each batch item. */
function promptsOf(plan: readonly PlannedQuery[]): QueryPrompt[] {
  return plan.flatMap(({ prompt, negative, guidance }) =>
    guidance === null ? [prompt] : [negative, prompt],
  );
}

/** `inputs[index(query)]` for each batch item. */
function batchOf(
  plan: readonly PlannedQuery[],
  inputs: readonly Tensor[],
  index: (query: PlannedQuery) => number | null,
): Tensor[] {
  return plan.flatMap((query) => {
    const input = inputs[index(query) ?? -1];
    return input ? Array<Tensor>(itemsOf(query)).fill(input) : [];
  });
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
  runOnce(timestep: number | Moment, queries: readonly Query[]): Answers<T> {
    const inputs = distinctInputs(queries);
    if (typeof timestep !== 'number') return this.forward(timestep.timestep, inputs);
    return this.forward(tensor([timestep], { device: inputs[0]!.device }), inputs);
  }

  dispose(): void {
    this.captured.dispose();
    this.context.dispose();
  }

  /** Whether the UNet may be given the latents of all queries, which are the same, once. */
  private isOneForAll(inputs: readonly Tensor[]): boolean {
    return inputs.length === 1 && (this.tap === null || this.tap.allowsOneForAll === true);
  }

  private forward(timestep: Tensor, inputs: readonly Tensor[]): Answers<T> {
    const { plan, tap } = this;
    const listener = tap?.listen(batchItemsOf(plan));
    using hooks = listener?.hooks ?? null;
    const samples = this.isOneForAll(inputs)
      ? inputs[0]!
      : concat(batchOf(plan, inputs, ({ input }) => input));
    const beside = batchOf(plan, inputs, (query) => query.beside);
    const joined = beside.length > 0 ? { concat: concat(beside) } : {};
    const output = this.unet.forward(samples, timestep, { context: this.context, hooks, ...joined });
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
  const samePrompts = keyOf(a.prompt) === keyOf(b.prompt) && keyOf(a.negative) === keyOf(b.negative);
  return samePrompts && a.input === b.input && a.beside === b.beside && a.guidance === b.guidance;
}
