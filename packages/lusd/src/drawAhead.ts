import type { TorchCpuGenerator } from '@lusd/tensor';
import type { DrawSource } from './drawSource.ts';

type Call = { readonly randint: readonly [low: number, high: number] } | { readonly randn: number };
type Numbers = number | Float32Array<ArrayBuffer>;

/** What a call gave, and the generator after it. */
interface Prepared {
  readonly call: Call;
  readonly numbers: Numbers;
  readonly after: TorchCpuGenerator;
}

/**
 * The draws of a generator on the host, made while the device works: `prepare` takes the next attempt to draw as the last
 * one did. If it draws otherwise, what was prepared is forgotten: the numbers are always the generator's in its order.
 */
export class DrawAhead implements DrawSource {
  private calls: Call[] = [];
  private prepared: Prepared[] = [];

  constructor(private generator: TorchCpuGenerator) {}

  randint(low: number, high: number): number {
    return this.take({ randint: [low, high] }) as number;
  }

  randn(n: number): Float32Array<ArrayBuffer> {
    return this.take({ randn: n }) as Float32Array<ArrayBuffer>;
  }

  prepare(): void {
    if (this.calls.length === 0) return;
    const generator = this.generator.clone();
    this.prepared = this.calls.map((call) => {
      const numbers = draw(generator, call);
      return { call, numbers, after: generator.clone() };
    });
    this.calls = [];
  }

  private take(call: Call): Numbers {
    this.calls.push(call);
    const next = this.prepared.shift();
    if (next && isSame(next.call, call)) {
      this.generator = next.after;
      return next.numbers;
    }
    this.prepared = [];
    return draw(this.generator, call);
  }
}

function draw(generator: TorchCpuGenerator, call: Call): Numbers {
  return 'randn' in call ? generator.randn(call.randn) : generator.randint(...call.randint);
}

function isSame(a: Call, b: Call): boolean {
  if ('randn' in a) return 'randn' in b && a.randn === b.randn;
  return 'randint' in b && a.randint[0] === b.randint[0] && a.randint[1] === b.randint[1];
}
