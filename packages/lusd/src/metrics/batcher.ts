/** Outputs of a model by the keys of their inputs, kept beyond one process. */
export interface OutputStore<Output> {
  /** The output that was written under the key; null where there is none. */
  read(key: string): Promise<Output | null>;
  /** Keeps an output. */
  write(key: string, output: Output): Promise<void>;
}

/** What a {@link Batcher} does, and how much of it at once. */
export interface BatcherOptions<Input, Output> {
  /** Inputs of one key are the same input. */
  readonly key: (input: Input) => string;
  /** One output an input, in their order. */
  readonly run: (inputs: readonly Input[]) => Promise<readonly Output[]>;
  /** Inputs of one run, at most. */
  readonly batchSize: number;
  /** Outputs that are kept; the one asked for longest ago goes first. */
  readonly kept: number;
  /** Where outputs are read from before they are computed, and written to. Default: nowhere. */
  readonly store?: OutputStore<Output> | undefined;
}

interface Waiting<Input, Output> {
  readonly key: string;
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Answers requests that come one by one in batches: those that are made before the event loop's next turn run
 * together. Each input is computed once as long as its output is kept.
 */
export class Batcher<Input, Output> {
  private readonly known = new Map<string, Promise<Output>>();
  private waiting: Waiting<Input, Output>[] = [];
  /** Of which the store has no output. */
  private readonly missing: Waiting<Input, Output>[] = [];
  private isRunning = false;

  constructor(private readonly options: BatcherOptions<Input, Output>) {}

  get(input: Input): Promise<Output> {
    const key = this.options.key(input);
    const output = this.known.get(key) ?? this.ask(input, key);
    this.known.delete(key);
    this.known.set(key, output);
    const [oldest] = this.known.keys();
    if (this.known.size > this.options.kept && oldest !== undefined) this.known.delete(oldest);
    return output;
  }

  private ask(input: Input, key: string): Promise<Output> {
    const output = new Promise<Output>((resolve, reject) =>
      this.waiting.push({ key, input, resolve, reject }),
    );
    // A failure is told to who asked, and not kept.
    output.catch(() => this.known.delete(key));
    if (!this.isRunning) {
      this.isRunning = true;
      setTimeout(() => void this.runAll());
    }
    return output;
  }

  private async runAll(): Promise<void> {
    while (this.waiting.length + this.missing.length > 0) {
      this.missing.push(...(await this.withoutStored(this.waiting.splice(0))));
      await this.runBatch(this.missing.splice(0, this.options.batchSize));
    }
    this.isRunning = false;
  }

  /** Answers what the store has, and gives the others. */
  private async withoutStored(asked: Waiting<Input, Output>[]): Promise<readonly Waiting<Input, Output>[]> {
    const { store } = this.options;
    if (!store) return asked;
    const answered = await Promise.all(asked.map((request) => answerFrom(store, request)));
    return asked.filter((_, i) => !answered[i]);
  }

  private async runBatch(batch: readonly Waiting<Input, Output>[]): Promise<void> {
    if (batch.length === 0) return;
    const { run, store } = this.options;
    try {
      const outputs = await run(batch.map(({ input }) => input));
      if (outputs.length !== batch.length)
        throw new RangeError(`${batch.length} inputs gave ${outputs.length} outputs; return one for each.`);
      await Promise.all(batch.map(({ key }, i) => store?.write(key, outputs[i] as Output)));
      for (const [i, { resolve }] of batch.entries()) resolve(outputs[i] as Output);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** @returns whether the request has its answer, an output or the store's failure */
async function answerFrom<Input, Output>(
  store: OutputStore<Output>,
  { key, resolve, reject }: Waiting<Input, Output>,
): Promise<boolean> {
  try {
    const output = await store.read(key);
    if (output !== null) resolve(output);
    return output !== null;
  } catch (error) {
    reject(error);
    return true;
  }
}
