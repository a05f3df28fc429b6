import { keep, type Tensor, type TorchCpuGenerator, type TorchCudaGenerator } from '@lusd/tensor';

type TorchGenerator = TorchCpuGenerator | TorchCudaGenerator;

type Call = { readonly randint: readonly [low: number, high: number] } | 'randn';

/** What a call gave, and the generator after it. */
interface Prepared {
  readonly call: Call;
  readonly drawn: number | Tensor;
  readonly after: TorchGenerator;
}

/**
 * The draws of a generator, made while the device works: `prepare` takes the next attempt to draw as the last one did. If
 * it draws otherwise, what was prepared is forgotten: the draws are always the generator's in its order.
 */
export class DrawAhead {
  private calls: Call[] = [];
  private prepared: Prepared[] = [];

  constructor(
    private generator: TorchGenerator,
    private readonly noise: (generator: TorchGenerator) => Tensor,
  ) {}

  randint(low: number, high: number): number {
    return this.take({ randint: [low, high] }) as number;
  }

  randn(): Tensor {
    return this.take('randn') as Tensor;
  }

  prepare(): void {
    this.forget();
    const generator = this.generator.clone();
    this.prepared = this.calls.map((call) => {
      const drawn = this.draw(generator, call);
      if (typeof drawn !== 'number') keep(drawn);
      return { call, drawn, after: generator.clone() };
    });
    this.calls = [];
  }

  /** Frees what was prepared. */
  forget(): void {
    for (const { drawn } of this.prepared) if (typeof drawn !== 'number') drawn.dispose();
    this.prepared = [];
  }

  private take(call: Call): number | Tensor {
    this.calls.push(call);
    const next = this.prepared[0];
    if (next && isSame(next.call, call)) {
      this.prepared.shift();
      this.generator = next.after;
      return next.drawn;
    }
    this.forget();
    return this.draw(this.generator, call);
  }

  private draw(generator: TorchGenerator, call: Call): number | Tensor {
    return call === 'randn' ? this.noise(generator) : generator.randint(...call.randint);
  }
}

function isSame(a: Call, b: Call): boolean {
  if (a === 'randn' || b === 'randn') return a === b;
  return a.randint[0] === b.randint[0] && a.randint[1] === b.randint[1];
}
