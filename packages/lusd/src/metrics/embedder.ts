import { type ClipModel, type ClipTokenizer, clipPixels, type Image } from '@lusd/sd-models';
import { type Device, inference, type Tensor } from '@lusd/tensor';
import { readRows } from './readRows.ts';

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

/** CLIP on its device; each call is one batch, of which nothing stays on the device. */
export class ClipEmbedder implements Embedder {
  /**
   * @param tokenizer with the `original` cleaning, as `clip.tokenize` of OpenAI's CLIP has it, or with the `fast` one, as
   *   transformers and with it torchmetrics have it
   * @param pixels how pictures are prepared
   */
  constructor(
    private readonly model: ClipModel,
    private readonly tokenizer: ClipTokenizer,
    private readonly pixels: (images: readonly Image[], device: Device) => Tensor = clipPixels,
  ) {}

  /** @throws RangeError for more tokens than CLIP takes, as `clip.tokenize` */
  tokenize(text: string): Tokens {
    return this.tokenizer.encode(text).ids;
  }

  /** @throws MetricsError if an embedding is not finite */
  async embedImages(images: readonly Image[]): Promise<readonly Float32Array[]> {
    using pixels = this.pixels(images, this.model.device);
    return readRows(
      'CLIP',
      inference(() => this.model.encodeImage(pixels)),
    );
  }

  /** @throws MetricsError if an embedding is not finite */
  async embedTexts(texts: readonly Tokens[]): Promise<readonly Float32Array[]> {
    return readRows(
      'CLIP',
      inference(() => this.model.encodeText(texts)),
    );
  }
}
