import { cosineSimilarity } from '../distance.ts';
import { defineMetric } from '../metric.ts';

/** cos(result, global caption) / cos(input, global caption), by CLIP. */
export const clipR = defineMetric({
  name: 'clip_r',
  title: 'CLIP-R',
  better: 'higher',
  scale: 1,
  digits: 4,
  needs: ['source', 'targetText'],
  models: ['clipB32'],
  compute: async ({ result, source, targetText }, { clipB32 }) => {
    const [after, before, text] = await Promise.all([
      clipB32.image(result),
      clipB32.image(source),
      clipB32.text(targetText),
    ]);
    return cosineSimilarity(after, text) / cosineSimilarity(before, text);
  },
});
