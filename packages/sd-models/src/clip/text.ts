import {
  arange,
  dims,
  Embedding,
  indexSelect,
  LayerNorm,
  Module,
  scope,
  type Tensor,
  tensor,
  type UnaryModule,
} from '@lusd/tensor';
import type { ClipTextConfig } from './config.ts';
import { ClipEncoder } from './encoder.ts';

/** Token ids of one text, as a tokenizer gives them. */
export type TokenIds = ArrayLike<number>;

/** Which layer of the text encoder is taken. */
export interface ClipTextOptions {
  /**
   * Layers left out at the end, before the final normalisation; default none. Stable Diffusion 2 takes the
   * penultimate layer's output, which its files provide for by storing one layer less.
   */
  readonly clipSkip?: number;
}

/** What the text encoder gives for texts; transformers' `BaseModelOutputWithPooling`. */
export interface ClipTextOutput {
  /** The final normalisation of the last layer's output, [B, L, hiddenSize]. */
  readonly lastHiddenState: Tensor;
  /** Its row at each text's end token, [B, hiddenSize]. */
  readonly pooled: Tensor;
}

/** Reference: transformers' `CLIPTextEmbeddings`. */
class ClipTextEmbeddings extends Module {
  readonly token_embedding: UnaryModule;
  readonly position_embedding: UnaryModule;

  constructor({ vocabSize, maxPositionEmbeddings, hiddenSize }: ClipTextConfig) {
    super();
    this.token_embedding = new Embedding(vocabSize, hiddenSize);
    this.position_embedding = new Embedding(maxPositionEmbeddings, hiddenSize);
  }

  /** ids [B, L] (i32) -> [B, L, hiddenSize]. */
  forward(ids: Tensor): Tensor {
    const [, length] = dims('clip', ids, ['B', 'L'], 'the ids');
    const positions = arange(0, length, 1, { dtype: 'i32', device: ids.device });
    return this.token_embedding.forward(ids).add(this.position_embedding.forward(positions));
  }
}

/** Reference: transformers' `CLIPTextTransformer`. */
export class ClipTextTransformer extends Module {
  readonly embeddings: ClipTextEmbeddings;
  readonly encoder: ClipEncoder;
  readonly final_layer_norm: UnaryModule;

  constructor(readonly config: ClipTextConfig) {
    super();
    this.embeddings = new ClipTextEmbeddings(config);
    this.encoder = new ClipEncoder(config);
    this.final_layer_norm = new LayerNorm(config.hiddenSize, config.layerNormEps);
  }

  /**
   * @param texts ids of texts of one length; no mask but the causal one, padding takes part
   * @throws RangeError if the texts are empty, differ in length, are too long, or hold an unknown id
   */
  forward(texts: readonly TokenIds[], { clipSkip = 0 }: ClipTextOptions = {}): ClipTextOutput {
    const length = this.requireTexts(texts);
    const layers = this.layersBefore(clipSkip);
    return scope(() => {
      const { device } = this;
      const ids = tensor(
        texts.map((text) => Array.from(text)),
        { dtype: 'i32', device },
      );
      const hidden = this.encoder.forward(this.embeddings.forward(ids), { causal: true, layers });
      const lastHiddenState = this.final_layer_norm.forward(hidden);
      const ends = tensor(
        texts.map((text, i) => i * length + this.endOf(text)),
        { dtype: 'i32', device },
      );
      return { lastHiddenState, pooled: indexSelect(lastHiddenState.flatten(0, 1), 0, ends) };
    });
  }

  private layersBefore(clipSkip: number): number {
    const { numHiddenLayers } = this.config;
    if (Number.isInteger(clipSkip) && clipSkip >= 0 && clipSkip < numHiddenLayers) {
      return numHiddenLayers - clipSkip;
    }
    throw new RangeError(
      `clipSkip is ${clipSkip}; the text encoder has ${numHiddenLayers} layers, so it must be from 0 to ${numHiddenLayers - 1}.`,
    );
  }

  /** Where a text's end token stands. */
  private endOf(text: TokenIds): number {
    const ids = Array.from(text);
    const { eosTokenId } = this.config;
    // As transformers does, a text without an end token is pooled at its start.
    return eosTokenId === null ? ids.indexOf(Math.max(...ids)) : Math.max(0, ids.indexOf(eosTokenId));
  }

  /** The texts' common length. */
  private requireTexts(texts: readonly TokenIds[]): number {
    const { maxPositionEmbeddings, vocabSize } = this.config;
    const length = texts[0]?.length ?? 0;
    if (length === 0 || texts.some((text) => text.length !== length)) {
      throw new RangeError(
        `The text encoder takes texts of one length above 0, not of ${texts.map((text) => text.length).join(', ') || 'none'}.`,
      );
    }
    if (length > maxPositionEmbeddings) {
      throw new RangeError(`A text has ${length} tokens; the text encoder takes ${maxPositionEmbeddings}.`);
    }
    const unknown = texts.flatMap((text) => Array.from(text)).find((id) => !(id >= 0 && id < vocabSize));
    if (unknown === undefined) return length;
    throw new RangeError(
      `Token ${unknown} is not among the text encoder's ${vocabSize}; use the tokenizer of the same model.`,
    );
  }
}

/** Stable Diffusion's text encoder. Reference: transformers' `CLIPTextModel`, with the names its files have. */
export class ClipTextModel extends Module {
  readonly text_model: ClipTextTransformer;

  constructor(readonly config: ClipTextConfig) {
    super();
    this.text_model = new ClipTextTransformer(config);
  }

  /**
   * Encodes texts for the cross-attention of a UNet.
   * @param texts ids of texts of one length; no mask but the causal one, padding takes part
   * @throws RangeError if the texts are empty, differ in length, are too long, or hold an unknown id
   */
  forward(texts: readonly TokenIds[], options?: ClipTextOptions): ClipTextOutput {
    return this.text_model.forward(texts, options);
  }
}
