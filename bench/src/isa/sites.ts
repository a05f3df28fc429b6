import { writeSync } from 'node:fs';
import { type Device, type Module, Parameter, Tensor } from '@lusd/tensor';
import { announcement, type Site } from './protocol.ts';

const STDERR = 2;

/** A layer's methods that compute: those that do what follows too are called in the place of `forward`. */
const METHODS = [
  'forward',
  'forwardAdd',
  'forwardSilu',
  'forwardGeglu',
  'forwardUpsampled',
  'linearOperands',
] as const;
type Layer = Module & Partial<Record<(typeof METHODS)[number], (...inputs: unknown[]) => unknown>>;
type Place = Omit<Site, 'kernel'>;

/** Announces every pipeline before the driver compiles it, and remembers where it was asked for. */
export class Sites {
  readonly sites: Site[] = [];
  private place: Place = { part: 'edit', layer: '', operands: '' };

  /** RADV compiles within `createComputePipeline`, and prints about it there. */
  watch({ gpu }: Device): void {
    const create = gpu.createComputePipeline.bind(gpu);
    gpu.createComputePipeline = (descriptor) => {
      const index = this.sites.push({ kernel: descriptor.label ?? '', ...this.place }) - 1;
      // The driver writes to the same file descriptor: process.stderr would be late.
      writeSync(STDERR, announcement(index));
      return create(descriptor);
    };
  }

  /** Runs `body`, whose pipelines are asked for at `place`. */
  at<T>(place: Place, body: () => T): T {
    const outer = this.place;
    this.place = place;
    try {
      return body();
    } finally {
      this.place = outer;
    }
  }

  /** From now on every layer of `model` is a place: the innermost one counts. */
  watchLayers(part: string, model: Module): void {
    for (const [layer, module] of model.namedModules()) {
      if (isLayer(module)) this.watchLayer(part, layer, module);
    }
  }

  private watchLayer(part: string, layer: string, module: Layer): void {
    for (const name of METHODS) {
      const method = module[name];
      if (!method) continue;
      module[name] = (...inputs) =>
        this.at({ part, layer, operands: operandsOf(module, inputs) }, () => method.apply(module, inputs));
    }
  }
}

function isLayer(module: Module): module is Layer {
  return 'forward' in module;
}

/** The different shapes of a layer's inputs and its weight: `2 x 4096 x 320, weight 320 x 320`. */
function operandsOf(module: Layer, inputs: readonly unknown[]): string {
  const shapes = new Set(inputs.flatMap(tensorsOf).map(({ shape }) => shape.join(' x ')));
  const weight: unknown = Reflect.get(module, 'weight');
  return [...shapes, ...(weight instanceof Parameter ? [`weight ${weight.shape.join(' x ')}`] : [])].join(
    ', ',
  );
}

/** `input` if it is a tensor, or its fields that are, such as keys and values. */
function tensorsOf(input: unknown): Tensor[] {
  if (input instanceof Tensor) return [input];
  return input?.constructor === Object ? Object.values(input).filter((field) => field instanceof Tensor) : [];
}
