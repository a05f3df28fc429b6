import { cosineSimilarity } from '../distance.ts';
import { defineMetric, type Metric } from '../metric.ts';

const FACTS = { better: 'higher', scale: 1, digits: 4, models: ['clipL14Square'] } as const;

/**
 * What InstructPix2Pix plots against each other: whether the pictures differ as their texts do, and how alike the
 * pictures are. NaN where texts or pictures are equal, since nothing has then a direction.
 * Source: `metrics/clip_similarity.py` of InstructPix2Pix.
 */
export const clipDirectional: readonly Metric[] = [
  defineMetric({
    ...FACTS,
    name: 'clip_directional',
    title: 'CLIP direction',
    needs: ['source', 'sourceText', 'targetText'],
    compute: async ({ source, result, sourceText, targetText }, { clipL14Square }) => {
      const [image0, image1, text0, text1] = await Promise.all([
        clipL14Square.image(source),
        clipL14Square.image(result),
        clipL14Square.text(sourceText),
        clipL14Square.text(targetText),
      ]);
      const [images, texts] = [unitDifference(image0, image1), unitDifference(text0, text1)];
      return isZero(images) || isZero(texts) ? Number.NaN : cosineSimilarity(images, texts);
    },
  }),
  defineMetric({
    ...FACTS,
    name: 'clip_image',
    title: 'CLIP image',
    needs: ['source'],
    compute: async ({ source, result }, { clipL14Square }) => {
      const [before, after] = await Promise.all([clipL14Square.image(source), clipL14Square.image(result)]);
      return cosineSimilarity(before, after);
    },
  }),
];

/** b / |b| - a / |a| */
function unitDifference(a: Float32Array, b: Float32Array): Float32Array {
  const [normA, normB] = [Math.hypot(...a), Math.hypot(...b)];
  return a.map((value, i) => b[i]! / normB - value / normA);
}

function isZero(vector: Float32Array): boolean {
  return vector.every((value) => value === 0);
}
