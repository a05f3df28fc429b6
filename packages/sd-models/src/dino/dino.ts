import {
  Conv2d,
  concat,
  dims,
  expand,
  LayerNorm,
  Module,
  Parameter,
  randn,
  scope,
  type Tensor,
  type UnaryModule,
} from '@lusd/tensor';
import { DinoBlock, LAYER_NORM_EPS } from './block.ts';
import type { DinoConfig } from './config.ts';
import { interpolatePositions } from './positions.ts';

/** Reference: timm's `PatchEmbed`. */
class PatchEmbed extends Module {
  readonly proj: UnaryModule;

  constructor({ patchSize, hiddenSize }: DinoConfig) {
    super();
    this.proj = new Conv2d(3, hiddenSize, patchSize, { stride: patchSize });
  }

  /** [B, H, W, 3] -> [B, H / patchSize, W / patchSize, hiddenSize]; what is left of a patch is not read. */
  forward(pixels: Tensor): Tensor {
    return this.proj.forward(pixels);
  }
}

/**
 * DINO's vision transformer without a head. References: `vision_transformer.py` of DINO, timm's `VisionTransformer`,
 * whose names the parts have.
 */
export class DinoModel extends Module {
  readonly cls_token: Parameter;
  readonly pos_embed: Parameter;
  readonly patch_embed: PatchEmbed;
  readonly blocks: readonly DinoBlock[];
  readonly norm: UnaryModule;
  /** Patches along one side of the picture that `pos_embed` is for. */
  private readonly grid: number;

  constructor(readonly config: DinoConfig) {
    super();
    const { imageSize, patchSize, hiddenSize, numHiddenLayers } = config;
    this.grid = imageSize / patchSize;
    this.cls_token = tokens(1, hiddenSize);
    this.pos_embed = tokens(1 + this.grid ** 2, hiddenSize);
    this.patch_embed = new PatchEmbed(config);
    this.blocks = Array.from({ length: numHiddenLayers }, () => new DinoBlock(config));
    this.norm = new LayerNorm(hiddenSize, LAYER_NORM_EPS);
  }

  /**
   * The class token after the last normalisation, [B, hiddenSize], not brought to length 1.
   * @param pixels [B, H, W, 3], as `dinoPixels` prepares them. At other sizes than `imageSize` the positions are
   *   interpolated.
   * @throws ShapeError if the pictures are smaller than a patch, or `pixels` have another rank
   */
  encodeImage(pixels: Tensor): Tensor {
    return scope(() => {
      const hidden = this.throughBlocks(pixels, this.blocks);
      const [batch, , channels] = dims('dino', hidden, ['B', 'L', 'C']);
      return this.norm.forward(hidden).narrow(1, 0, 1).reshape([batch, channels]);
    });
  }

  /**
   * The keys of the last layer's attention, all heads side by side: [B, 1 + patches, hiddenSize], the class token
   * first, then the patches row by row.
   * @param pixels [B, H, W, 3], as `structurePixels` prepares them
   * @throws ShapeError as {@link encodeImage}
   */
  lastKeys(pixels: Tensor): Tensor {
    const [last] = this.blocks.slice(-1) as [DinoBlock];
    return scope(() => last.keys(this.throughBlocks(pixels, this.blocks.slice(0, -1))));
  }

  private throughBlocks(pixels: Tensor, blocks: readonly DinoBlock[]): Tensor {
    return blocks.reduce((hidden, block) => block.forward(hidden), this.embed(pixels));
  }

  /** Class token and patches with their positions, [B, 1 + patches, C]. */
  private embed(pixels: Tensor): Tensor {
    const patches = this.patch_embed.forward(pixels.cast(this.dtype));
    const [batch, rows, columns, channels] = dims('dino', patches, ['B', 'rows', 'columns', 'C']);
    const [, height, width] = dims('dino', pixels, ['B', 'H', 'W', '3'], 'pixels');
    const isTrained = height === width && rows === this.grid;
    const positions = isTrained ? this.pos_embed.value : this.positionsFor(rows, columns);
    const classTokens = expand(this.cls_token.value, [batch, 1, channels]);
    return concat([classTokens, patches.flatten(1, 2)], 1).add(positions);
  }

  private positionsFor(rows: number, columns: number): Tensor {
    return interpolatePositions(this.pos_embed.value, this.grid, rows, columns).cast(this.dtype);
  }
}

function tokens(count: number, channels: number): Parameter {
  return new Parameter([1, count, channels], (options) => randn([1, count, channels], options));
}
