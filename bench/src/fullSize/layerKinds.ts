import { Conv2d, type Device, Module, type ProfileRow } from '@lusd/tensor';

/** Time and work of all layers of one kind. */
export interface LayerKind {
  readonly name: string;
  /** Kernel launches. */
  readonly count: number;
  readonly milliseconds: number;
  /** Floating-point operations; 0 where none are counted. */
  readonly flops: number;
}

const SELF = 'self';
const CROSS = 'cross';
/** How the transformer block names its attentions. */
const ATTENTIONS: Readonly<Record<string, string>> = { attn1: SELF, attn2: CROSS };

type Layer = Module & { forward(...inputs: unknown[]): unknown };

/**
 * From now on profiles tell a convolution's kernel size, and self- from cross-attention, for every layer of `module`.
 */
export function labelLayers(module: Module, device: Device): void {
  for (const [name, child] of childrenOf(module)) {
    const label = labelOf(name, child);
    if (label) labelForward(child as Layer, label, device);
    labelLayers(child, device);
  }
}

function childrenOf(module: Module): [name: string, child: Module][] {
  return Object.entries(module).flatMap(([name, value]) =>
    [value]
      .flat()
      .flatMap((child: unknown) => (child instanceof Module ? [[name, child] as [string, Module]] : [])),
  );
}

function labelOf(name: string, module: Module): string | undefined {
  if (module instanceof Conv2d)
    return `${[module.kernelSize].flat()[0]}x${[module.kernelSize].flat().at(-1)}`;
  return ATTENTIONS[name];
}

function labelForward(layer: Layer, label: string, device: Device): void {
  const { forward } = layer;
  layer.forward = (...inputs) => device.labelled(label, () => forward.apply(layer, inputs));
}

/** The rows of a profile by kind of layer, the slowest first. */
export function byLayerKind(rows: readonly ProfileRow[]): LayerKind[] {
  const kinds = new Map<string, LayerKind>();
  for (const row of rows) {
    const name = kindOf(row);
    const { count = 0, milliseconds = 0, flops = 0 } = kinds.get(name) ?? {};
    kinds.set(name, {
      name,
      count: count + row.count,
      milliseconds: milliseconds + row.milliseconds,
      flops: flops + row.gflops * row.milliseconds * 1e6,
    });
  }
  return [...kinds.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

function kindOf({ name, label }: ProfileRow): string {
  if (name === 'conv2d') return `conv2d ${label}`;
  // The autoencoder's attention, which has no label, is over its own pixels.
  if (name === 'attention') return `attention, ${label || SELF}`;
  return name.startsWith('groupNorm') ? 'groupNorm' : name;
}
