import { keep, type Module, type Tensor } from '@lusd/tensor';

type Layer = Module & { forward(...inputs: unknown[]): Tensor | readonly Tensor[] };

/** The module at a dotted path, such as `down_blocks.0.resnets.1`. */
export function moduleAt(root: Module, path: string): Layer {
  let found: unknown = root;
  for (const part of path.split('.'))
    found = (found as Readonly<Record<string, unknown>> | undefined)?.[part];
  if (!found) throw new Error(`there is no module ${path}`);
  return found as Layer;
}

/**
 * From now on keeps what the modules at `paths` return (of several tensors the last), by path. The caller disposes
 * what is recorded.
 */
export function recordOutputs(root: Module, paths: Iterable<string>): Map<string, Tensor> {
  const outputs = new Map<string, Tensor>();
  for (const path of paths) {
    const layer = moduleAt(root, path);
    const { forward } = layer;
    layer.forward = (...inputs) => {
      const output = forward.apply(layer, inputs);
      const result = [output].flat().at(-1) as Tensor;
      outputs.set(path, keep(result.detach()));
      return output;
    };
  }
  return outputs;
}
