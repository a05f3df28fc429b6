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
}

interface Waiting<Input, Output> {
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
    const output = new Promise<Output>((resolve, reject) => this.waiting.push({ input, resolve, reject }));
    // A failure is told to who asked, and not kept.
    output.catch(() => this.known.delete(key));
    if (!this.isRunning) {
      this.isRunning = true;
      setTimeout(() => void this.runAll());
    }
    return output;
  }

  private async runAll(): Promise<void> {
    while (this.waiting.length > 0) await this.runBatch(this.waiting.splice(0, this.options.batchSize));
    this.isRunning = false;
  }

  private async runBatch(batch: readonly Waiting<Input, Output>[]): Promise<void> {
    try {
      const outputs = await this.options.run(batch.map(({ input }) => input));
      if (outputs.length !== batch.length)
        throw new RangeError(`${batch.length} inputs gave ${outputs.length} outputs; return one for each.`);
      for (const [i, { resolve }] of batch.entries()) resolve(outputs[i] as Output);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
