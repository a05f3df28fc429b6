import { cosineSimilarity } from '../distance.ts';
import { defineMetric } from '../metric.ts';

/** Cosine of the CLIP embeddings of result and local caption. */
export const clipT = defineMetric({
  name: 'clip_t',
  title: 'CLIP-T',
  better: 'higher',
  scale: 1,
  digits: 4,
  needs: ['localText'],
  models: ['clipB32'],
  compute: async ({ result, localText }, { clipB32 }) => {
    const [image, text] = await Promise.all([clipB32.image(result), clipB32.text(localText)]);
    return cosineSimilarity(image, text);
  },
});
