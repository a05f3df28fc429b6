import { meanSquaredDifference } from '../distance.ts';
import { overRegions } from './regions.ts';

/** Mean squared difference of source and result, values taken from 0 to 1. */
export const mse = overRegions({
  name: 'mse',
  title: 'MSE',
  better: 'lower',
  scale: 1e4,
  digits: 2,
  models: [],
  compare: (source, result) => meanSquaredDifference(source.data, result.data),
});
