import { meanSquaredDifference } from '../distance.ts';
import { overRegions } from './regions.ts';

/** Peak signal-to-noise ratio of result and source in dB: -10 log10 of the mean squared difference; infinite if equal. */
export const psnr = overRegions({
  name: 'psnr',
  title: 'PSNR',
  better: 'higher',
  scale: 1,
  digits: 2,
  models: [],
  compare: (source, result) => -10 * Math.log10(meanSquaredDifference(source.data, result.data)),
});
