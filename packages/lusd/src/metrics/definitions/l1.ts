import { resizeBicubic } from '@lusd/sd-models';
import { meanAbsoluteDifference } from '../distance.ts';
import { defineMetric } from '../metric.ts';

/** The result is resized to the ground truth by Pillow's bicubic, as MagicBrush's evaluation does. */
export const l1 = defineMetric({
  name: 'l1',
  title: 'L1',
  better: 'lower',
  scale: 1,
  digits: 4,
  needs: ['groundTruth'],
  models: [],
  compute: ({ result, groundTruth: { width, height, data } }) =>
    meanAbsoluteDifference(resizeBicubic(result, width, height).data, data),
});
