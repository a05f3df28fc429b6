import { CheckpointError } from '../checkpointError.ts';
import type { StateDict, WeightSource } from '../weights/weightSource.ts';

/** What DINO's vision transformer is built from. */
export interface DinoConfig {
  /** Side of the square picture whose patches `pos_embed` has places for, in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
}

/** Channels a head in every published DINO: 6 heads at width 384, 12 at 768. */
const HEAD_CHANNELS = 64;

/**
 * DINO's configuration from its weights' shapes. They do not show the number of heads; every published DINO has 64
 * channels in each.
 *
 * @param stored the tensors under their stored names, which must be timm's or the original's
 * @throws CheckpointError for transformers' names, and naming a tensor that is missing or has another shape
 */
export function inferDinoConfig(stored: StateDict, fileName: string): DinoConfig {
  refuseTransformersNames(stored, fileName);
  const shapes = new ShapeReader(stored, fileName);
  const [hiddenSize, , patchSize] = shapes.of('patch_embed.proj.weight', 4);
  const [, positions] = shapes.of('pos_embed', 3);
  const [intermediateSize] = shapes.of('blocks.0.mlp.fc1.weight', 2);
  const grid = Math.sqrt(positions - 1);
  if (!Number.isInteger(grid) || grid < 1)
    throw new CheckpointError(
      `pos_embed in ${fileName} has ${positions} places, which are not a class token and a square of patches; give the weights of DINO.`,
    );
  if (hiddenSize % HEAD_CHANNELS !== 0)
    throw new CheckpointError(
      `The model in ${fileName} is ${hiddenSize} wide, which is no multiple of DINO's ${HEAD_CHANNELS} channels a head; give the weights of DINO.`,
    );
  return {
    imageSize: grid * patchSize,
    patchSize,
    hiddenSize,
    intermediateSize,
    numHiddenLayers: countBlocks(stored),
    numAttentionHeads: hiddenSize / HEAD_CHANNELS,
  };
}

/** transformers keeps q, k and v apart, and its configuration of DINO has another epsilon. */
function refuseTransformersNames(stored: StateDict, fileName: string): void {
  const name = [...stored.keys()].find((key) => /^(?:vit\.)?(?:embeddings|encoder\.layer)\./.test(key));
  if (name === undefined) return;
  throw new CheckpointError(
    `${fileName} has transformers' names of DINO, such as '${name}'; give timm's file, such as model.safetensors of timm/vit_small_patch16_224.dino.`,
  );
}

class ShapeReader {
  constructor(
    private readonly stored: StateDict,
    private readonly fileName: string,
  ) {}

  of(key: string, rank: 2): readonly [number, number];
  of(key: string, rank: 3): readonly [number, number, number];
  of(key: string, rank: 4): readonly [number, number, number, number];
  of(key: string, rank: number): readonly number[] {
    const source: WeightSource | undefined = this.stored.get(key);
    if (source?.shape.length === rank) return source.shape;
    const found = source ? `a tensor '${key}' of shape [${source.shape.join(', ')}]` : `no tensor '${key}'`;
    throw new CheckpointError(
      `${this.fileName} has ${found}, so it holds no DINO; give timm's weights, such as model.safetensors of timm/vit_small_patch16_224.dino.`,
    );
  }
}

function countBlocks(stored: StateDict): number {
  let blocks = 0;
  while (stored.has(`blocks.${blocks}.norm1.weight`)) blocks++;
  return blocks;
}
