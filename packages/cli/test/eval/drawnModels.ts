import { type TensorData, TorchCpuGenerator } from '@lusd/tensor';
import { drawWeight } from '@lusd/testing-models/fillWeights';

/** Shapes of tensors by their names. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Drawn weights of these shapes, times a factor each. */
export function drawnWeights(
  shapes: Shapes,
  factorOf: (name: string) => number = () => 1,
): Map<string, TensorData> {
  const generator = new TorchCpuGenerator(7);
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const factor = factorOf(name);
      const data = drawWeight(name, shape, generator).map((value) => factor * value);
      return [name, { dtype: 'F32', shape, data }];
    }),
  );
}

/** A DINO of one layer, 64 wide, with patches of 56. */
export const DINO_SHAPES: Shapes = {
  cls_token: [1, 1, 64],
  pos_embed: [1, 17, 64],
  ...both('patch_embed.proj', 64, 3, 56, 56),
  ...both('blocks.0.norm1', 64),
  ...both('blocks.0.attn.qkv', 192, 64),
  ...both('blocks.0.attn.proj', 64, 64),
  ...both('blocks.0.norm2', 64),
  ...both('blocks.0.mlp.fc1', 64, 64),
  ...both('blocks.0.mlp.fc2', 64, 64),
  ...both('norm', 64),
};

/** Of a layer's weight, and of its bias, which is as long as the weight's first dimension. */
function both(name: string, ...shape: readonly [number, ...number[]]): Shapes {
  return { [`${name}.weight`]: shape, [`${name}.bias`]: [shape[0]] };
}
