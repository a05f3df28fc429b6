import { cosineSimilarity } from '../distance.ts';
import { defineMetric, type Metric } from '../metric.ts';
import type { PictureTextModel } from '../models.ts';
import { isEmptyRegion, maskedPicture, type Picture } from '../picture.ts';

/** torchmetrics' CLIP score: 100 times the cosine, at least 0. */
async function clipScore(model: PictureTextModel, picture: Picture, text: string): Promise<number> {
  const [a, b] = await Promise.all([model.image(picture), model.text(text)]);
  return Math.max(0, 100 * cosineSimilarity(a, b));
}

const FACTS = { better: 'higher', scale: 1, digits: 2, models: ['clipL14'] } as const;

/** PIE-Bench's CLIP similarities: of source, result, and the result's edited part, each to its whole prompt. */
export const clipSimilarity: readonly Metric[] = [
  defineMetric({
    ...FACTS,
    name: 'clip_similarity_source_image',
    title: 'CLIP source',
    needs: ['source', 'sourceText'],
    compute: ({ source, sourceText }, { clipL14 }) => clipScore(clipL14, source, sourceText),
  }),
  defineMetric({
    ...FACTS,
    name: 'clip_similarity_target_image',
    title: 'CLIP whole',
    needs: ['targetText'],
    compute: ({ result, targetText }, { clipL14 }) => clipScore(clipL14, result, targetText),
  }),
  defineMetric({
    ...FACTS,
    name: 'clip_similarity_target_image_edit_part',
    title: 'CLIP edited',
    needs: ['targetText', 'mask'],
    compute: ({ result, targetText, mask }, { clipL14 }) =>
      isEmptyRegion(mask, 'edited')
        ? Number.NaN
        : clipScore(clipL14, maskedPicture(result, mask, 'edited'), targetText),
  }),
];
