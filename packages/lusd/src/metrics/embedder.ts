import { type ClipModel, type ClipTokenizer, clipPixels, type Image } from '@lusd/sd-models';
import { inference, type Tensor } from '@lusd/tensor';
import { MetricsError } from '../errors.ts';

/** A text as a text encoder takes it, all of one length. */
export type Tokens = ArrayLike<number>;

/** Puts pictures and texts into one space, where the cosine says how alike they are. */
export interface Embedder {
  /** @throws Error if the text is too long */
  tokenize(text: string): Tokens;
  /** One vector a picture, in their order; their lengths mean nothing. */
  embedImages(images: readonly Image[]): Promise<readonly Float32Array[]>;
  /** One vector a text, in their order. */
  embedTexts(texts: readonly Tokens[]): Promise<readonly Float32Array[]>;
}

/** CLIP ViT-B/32 on its device; each call is one batch, of which nothing stays on the device. */
export class ClipEmbedder implements Embedder {
  /** @param tokenizer with the `original` cleaning, as `clip.tokenize` of OpenAI's CLIP has it */
  constructor(
    private readonly model: ClipModel,
    private readonly tokenizer: ClipTokenizer,
  ) {}

  /** @throws RangeError for more tokens than CLIP takes, as `clip.tokenize` */
  tokenize(text: string): Tokens {
    return this.tokenizer.encode(text).ids;
  }

  /** @throws MetricsError if an embedding is not finite */
  async embedImages(images: readonly Image[]): Promise<readonly Float32Array[]> {
    using pixels = clipPixels(images, this.model.device);
    return this.read(inference(() => this.model.encodeImage(pixels)));
  }

  /** @throws MetricsError if an embedding is not finite */
  async embedTexts(texts: readonly Tokens[]): Promise<readonly Float32Array[]> {
    return this.read(inference(() => this.model.encodeText(texts)));
  }

  /** The rows of embeddings [B, projectionDim], which are disposed of. */
  private async read(embeddings: Tensor): Promise<readonly Float32Array[]> {
    using owned = embeddings;
    using wide = owned.cast('f32');
    const data = await wide.data('f32');
    if (!data.every(Number.isFinite)) {
      throw new MetricsError(
        "CLIP's embeddings are not finite; load its weights as f32, or download them again",
      );
    }
    const width = this.model.config.projectionDim;
    return Array.from({ length: data.length / width }, (_, i) => data.slice(i * width, (i + 1) * width));
  }
}
