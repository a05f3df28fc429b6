import { cosineSimilarity } from '../distance.ts';
import { defineMetric } from '../metric.ts';

/** Cosine of the CLIP embeddings of result and ground truth. */
export const clipI = defineMetric({
  name: 'clip_i',
  title: 'CLIP-I',
  better: 'higher',
  scale: 1,
  digits: 4,
  needs: ['groundTruth'],
  models: ['clipB32'],
  compute: async ({ result, groundTruth }, { clipB32 }) => {
    const [a, b] = await Promise.all([clipB32.image(result), clipB32.image(groundTruth)]);
    return cosineSimilarity(a, b);
  },
});
