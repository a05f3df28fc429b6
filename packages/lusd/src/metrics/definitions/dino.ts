import { cosineSimilarity } from '../distance.ts';
import { defineMetric } from '../metric.ts';

/** Cosine of the DINO class tokens of result and ground truth. */
export const dino = defineMetric({
  name: 'dino',
  title: 'DINO',
  better: 'higher',
  scale: 1,
  digits: 4,
  needs: ['groundTruth'],
  models: ['dinoS16'],
  compute: async ({ result, groundTruth }, { dinoS16 }) => {
    const [a, b] = await Promise.all([dinoS16.image(result), dinoS16.image(groundTruth)]);
    return cosineSimilarity(a, b);
  },
});
