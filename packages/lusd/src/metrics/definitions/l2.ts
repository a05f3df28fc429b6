import { resizeBicubic } from '@lusd/sd-models';
import { meanSquaredDifference } from '../distance.ts';
import { defineMetric } from '../metric.ts';

/** As L1, with squares; no root is taken. */
export const l2 = defineMetric({
  name: 'l2',
  title: 'L2',
  better: 'lower',
  scale: 1,
  digits: 4,
  needs: ['groundTruth'],
  models: [],
  compute: ({ result, groundTruth: { width, height, data } }) =>
    meanSquaredDifference(resizeBicubic(result, width, height).data, data),
});
