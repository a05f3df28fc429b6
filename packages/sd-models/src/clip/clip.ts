import { full, Linear, Module, matmul, Parameter, scope, type Tensor, type UnaryModule } from '@lusd/tensor';
import type { ClipConfig } from './config.ts';
import { ClipTextTransformer, type TokenIds } from './text.ts';
import { ClipVisionTransformer } from './vision.ts';

/** log(1 / 0.07), the temperature that training starts from. */
const INITIAL_LOGIT_SCALE = Math.log(1 / 0.07);

/** CLIP with both towers, for comparing pictures and texts. Reference: transformers' `CLIPModel`. */
export class ClipModel extends Module {
  readonly text_model: ClipTextTransformer;
  readonly vision_model: ClipVisionTransformer;
  readonly visual_projection: UnaryModule;
  readonly text_projection: UnaryModule;
  /** Logarithm of the factor between cosines and logits. */
  readonly logit_scale: Parameter;

  constructor(readonly config: ClipConfig) {
    super();
    const { text, vision, projectionDim } = config;
    this.text_model = new ClipTextTransformer(text);
    this.vision_model = new ClipVisionTransformer(vision);
    this.visual_projection = new Linear(vision.hiddenSize, projectionDim, { bias: false });
    this.text_projection = new Linear(text.hiddenSize, projectionDim, { bias: false });
    this.logit_scale = new Parameter([], (options) => full([], INITIAL_LOGIT_SCALE, options));
  }

  /**
   * Token ids of texts of one length -> embeddings [B, projectionDim], not normalised.
   * @throws RangeError if the texts are empty, differ in length, are too long, or hold an unknown id
   */
  encodeText(texts: readonly TokenIds[]): Tensor {
    return scope(() => this.text_projection.forward(this.text_model.forward(texts).pooled));
  }

  /**
   * Pictures [B, imageSize, imageSize, 3] from `clipPixels` -> embeddings [B, projectionDim], not normalised.
   * @throws RangeError if the pictures have another size
   */
  encodeImage(pixels: Tensor): Tensor {
    return scope(() => this.visual_projection.forward(this.vision_model.forward(pixels).pooled));
  }

  /** Embeddings [N, projectionDim] and [M, projectionDim] -> cosines times exp(logit_scale), f32 [N, M]. */
  logits(imageEmbeddings: Tensor, textEmbeddings: Tensor): Tensor {
    return scope(() => {
      const cosines = matmul(unit(imageEmbeddings), unit(textEmbeddings), { transposeB: true });
      return cosines.mul(this.logit_scale.value.cast('f32').exp());
    });
  }
}

/** The rows of x [N, C] at length 1, f32. */
function unit(x: Tensor): Tensor {
  const rows = x.cast('f32');
  return rows.div(rows.mul(rows).sum(-1, { keepdim: true }).sqrt());
}
