import { keep, type Module, type Tensor } from '@lusd/tensor';

type Layer = Module & { forward(...inputs: unknown[]): Tensor | readonly Tensor[] };

/** The module at a dotted path, such as `down_blocks.0.resnets.1`. */
function moduleAt(root: Module, path: string): Layer {
  let found: unknown = root;
  for (const part of path.split('.'))
    found = (found as Readonly<Record<string, unknown>> | undefined)?.[part];
  if (!found) throw new Error(`there is no module ${path}`);
  return found as Layer;
}

/**
 * Keeps what the modules at `paths` return when they are called next (of several tensors the last), by path. The caller
 * disposes what is recorded.
 */
export function recordOutputs(root: Module, paths: Iterable<string>): Map<string, Tensor> {
  const outputs = new Map<string, Tensor>();
  for (const path of paths) {
    const layer = moduleAt(root, path);
    layer.forward = (...inputs) => {
      // From here on the class's own again: nobody would dispose what a second call adds.
      Reflect.deleteProperty(layer, 'forward');
      const output = layer.forward(...inputs);
      const result = [output].flat().at(-1) as Tensor;
      outputs.set(path, keep(result.detach()));
      return output;
    };
  }
  return outputs;
}
