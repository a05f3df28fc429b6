import type { Picture } from './picture.ts';

/** A model that puts pictures and texts into one space, where the cosine says how alike they are. */
export interface PictureTextModel {
  /** @returns a vector whose length means nothing */
  image(picture: Picture): Promise<Float32Array>;
  /** @throws RangeError if the text is too long for the model */
  text(text: string): Promise<Float32Array>;
}

/** What metrics compute with; each reads a picture as its metric's source does. */
export interface MetricModels {
  /** CLIP ViT-B/32 with OpenAI's preprocessing, for MagicBrush. */
  readonly clipB32: PictureTextModel;
  /** CLIP ViT-L/14 with transformers' preprocessing, for PIE-Bench. */
  readonly clipL14: PictureTextModel;
  /** CLIP ViT-L/14 of pictures resized to 224 x 224 as they are, for the directional similarity. */
  readonly clipL14Square: PictureTextModel;
  /** DINO ViT-S/16: the class token after the final norm. */
  readonly dinoS16: { image(picture: Picture): Promise<Float32Array> };
  /** DINO ViT-B/8: cosines between the keys of the last layer, [tokens, tokens]. */
  readonly dinoB8: { selfSimilarity(picture: Picture): Promise<Float32Array> };
  /** LPIPS of two pictures of one size. */
  readonly lpips: { distance(a: Picture, b: Picture): Promise<number> };
}

/** Names what a metric computes with. */
export type ModelName = keyof MetricModels;
