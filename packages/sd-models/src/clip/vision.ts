import {
  arange,
  Conv2d,
  concat,
  dims,
  Embedding,
  expand,
  LayerNorm,
  Module,
  Parameter,
  randn,
  scope,
  type Tensor,
  type UnaryModule,
} from '@lusd/tensor';
import type { ClipVisionConfig } from './config.ts';
import { ClipEncoder } from './encoder.ts';

/** What the image encoder gives for pictures; transformers' `BaseModelOutputWithPooling`. */
export interface ClipVisionOutput {
  /** [B, 1 + patches, hiddenSize], the class token first. */
  readonly lastHiddenState: Tensor;
  /** The normalised class token, [B, hiddenSize]. */
  readonly pooled: Tensor;
}

/** Reference: transformers' `CLIPVisionEmbeddings`. */
class ClipVisionEmbeddings extends Module {
  readonly class_embedding: Parameter;
  readonly patch_embedding: UnaryModule;
  readonly position_embedding: UnaryModule;

  constructor({ hiddenSize, numChannels, imageSize, patchSize }: ClipVisionConfig) {
    super();
    const patches = (imageSize / patchSize) ** 2;
    this.class_embedding = new Parameter([hiddenSize], (options) => randn([hiddenSize], options));
    this.patch_embedding = new Conv2d(numChannels, hiddenSize, patchSize, { stride: patchSize, bias: false });
    this.position_embedding = new Embedding(1 + patches, hiddenSize);
  }

  /** [B, imageSize, imageSize, numChannels] -> [B, 1 + patches, hiddenSize]. */
  forward(pixels: Tensor): Tensor {
    const patches = this.patch_embedding.forward(pixels).flatten(1, 2);
    const [batch, count, channels] = dims('clip', patches, ['B', 'patches', 'C']);
    const classTokens = expand(this.class_embedding.value, [batch, 1, channels]);
    const positions = arange(0, 1 + count, 1, { dtype: 'i32', device: pixels.device });
    return concat([classTokens, patches], 1).add(this.position_embedding.forward(positions));
  }
}

/** CLIP's image encoder, a vision transformer. Reference: transformers' `CLIPVisionTransformer`. */
export class ClipVisionTransformer extends Module {
  readonly embeddings: ClipVisionEmbeddings;
  /** Spelt as in the files. */
  readonly pre_layrnorm: UnaryModule;
  readonly encoder: ClipEncoder;
  readonly post_layernorm: UnaryModule;

  constructor(readonly config: ClipVisionConfig) {
    super();
    const { hiddenSize, layerNormEps } = config;
    this.embeddings = new ClipVisionEmbeddings(config);
    this.pre_layrnorm = new LayerNorm(hiddenSize, layerNormEps);
    this.encoder = new ClipEncoder(config);
    this.post_layernorm = new LayerNorm(hiddenSize, layerNormEps);
  }

  /**
   * @param pixels [B, imageSize, imageSize, numChannels], as `clipPixels` prepares them
   * @throws RangeError if the pictures have another size, ShapeError if `pixels` have another rank
   */
  forward(pixels: Tensor): ClipVisionOutput {
    const { imageSize, hiddenSize } = this.config;
    const [batch, height, width] = dims('clip', pixels, ['B', 'H', 'W', 'C'], 'pixels');
    if (height !== imageSize || width !== imageSize) {
      throw new RangeError(
        `CLIP's image encoder takes pictures of ${imageSize} x ${imageSize}, not ${width} x ${height}; resize them.`,
      );
    }
    return scope(() => {
      const tokens = this.embeddings.forward(pixels.cast(this.dtype));
      const lastHiddenState = this.encoder.forward(this.pre_layrnorm.forward(tokens), { causal: false });
      const classTokens = lastHiddenState.narrow(1, 0, 1).reshape([batch, hiddenSize]);
      return { lastHiddenState, pooled: this.post_layernorm.forward(classTokens) };
    });
  }
}
