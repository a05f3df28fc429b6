import { cosineSimilarity } from '../distance.ts';
import { defineMetric } from '../metric.ts';

/** CLIP-T of the ground truth: what a perfect result would have. It needs no editor, so it checks the setup. */
export const clipTOracle = defineMetric({
  name: 'clip_t_oracle',
  title: 'CLIP-T oracle',
  better: 'higher',
  scale: 1,
  digits: 4,
  needs: ['groundTruth', 'localText'],
  models: ['clipB32'],
  compute: async ({ groundTruth, localText }, { clipB32 }) => {
    const [image, text] = await Promise.all([clipB32.image(groundTruth), clipB32.text(localText)]);
    return cosineSimilarity(image, text);
  },
});
