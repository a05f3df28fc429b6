import {
  concat,
  dims,
  eq,
  indexSelect,
  logSoftmax,
  matmul,
  maximum,
  mean,
  narrow,
  norm,
  scope,
  type Tensor,
  TorchCpuGenerator,
  tensor,
  where,
} from '@lusd/tensor';
import type { Features } from './featureTap.ts';

/** Sides of the squares of positions that are compared. */
const PATCH_SIZES = [1, 2] as const;
const MAX_PATCHES = 256;
const TEMPERATURE = 0.07;
/** Takes the place of a position's similarity to itself among those to the others. */
const DIAGONAL = -10;
const NORM_FLOOR = 1e-12;

/** Which positions of a layer are compared, in which order. */
export interface Patches {
  /**
   * @param layer from 0
   * @param patchSize side of the squares
   * @param count number of positions
   * @returns the first of a permutation of 0 .. `count` - 1; at most 256 are used
   */
  choose(layer: number, patchSize: number, count: number): ArrayLike<number>;
}

/** Permutations of torch's CPU generator, a stream of its own beside the draws of timesteps and noise. */
export function seededPatches(seed: number): Patches {
  const generator = new TorchCpuGenerator(seed);
  return { choose: (_layer, _patchSize, count) => generator.randperm(count) };
}

/** Chosen positions of one layer at one patch size, [n, C], of length 1. */
interface ChosenPatches {
  readonly layer: number;
  readonly patchSize: number;
  readonly index: Tensor;
  readonly patches: Tensor;
}

/** What the features of the source are like at the positions chosen at random. */
export function referencePatches(features: Features, source: Patches): ChosenPatches[] {
  return features.flatMap((feature, layer) =>
    PATCH_SIZES.map((patchSize) => {
      const positions = pooled(feature, patchSize);
      const count = positions.shape[0]!;
      const chosen = Array.from(source.choose(layer, patchSize, count)).slice(0, MAX_PATCHES);
      const index = tensor(chosen, { dtype: 'i32', device: feature.device });
      return { layer, patchSize, index, patches: picked(positions, index) };
    }),
  );
}

/**
 * CDS's contrastive loss (equation 6 of arXiv 2311.18608): at every chosen position the features should be like the
 * source's there, and unlike the source's elsewhere. The sum over layers and patch sizes of means over positions.
 */
export function contrastiveLoss(features: Features, reference: readonly ChosenPatches[]): Tensor {
  const losses = reference.map(({ layer, patchSize, index, patches }) =>
    scope(() => patchLoss(patches, picked(pooled(features[layer]!, patchSize), index))),
  );
  return losses.reduce((total, loss) => total.add(loss));
}

/** Means over squares, [positions, C] in f32; what is left over at the edges takes no part. */
function pooled(feature: Tensor, side: number): Tensor {
  const [, height, width, channels] = dims('contrast', feature, ['1', 'h', 'w', 'C']);
  const [rows, columns] = [Math.floor(height / side), Math.floor(width / side)];
  return scope(() => {
    const whole = narrow(narrow(feature.cast('f32'), 1, 0, rows * side), 2, 0, columns * side);
    const squares = whole.reshape([rows, side, columns, side, channels]);
    return mean(squares, [1, 3]).reshape([rows * columns, channels]);
  });
}

function picked(positions: Tensor, index: Tensor): Tensor {
  return scope(() => {
    const chosen = indexSelect(positions, 0, index);
    return chosen.div(maximum(norm(chosen, 1, { keepdim: true }), NORM_FLOOR));
  });
}

/** Cross-entropy of finding each position's reference among all others. */
function patchLoss(reference: Tensor, query: Tensor): Tensor {
  const count = query.shape[0]!;
  const numbers = tensor(
    Array.from({ length: count }, (_, i) => i),
    { device: query.device },
  );
  const own = reference.mul(query).sum(1, { keepdim: true });
  const others = where(
    eq(numbers.reshape([count, 1]), numbers.reshape([1, count])),
    DIAGONAL,
    matmul(reference, query.permute([1, 0])),
  );
  const logits = concat([own, others], 1).div(TEMPERATURE);
  return mean(narrow(logSoftmax(logits, 1), 1, 0, 1)).neg();
}
