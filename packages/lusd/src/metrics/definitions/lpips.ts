import { overRegions } from './regions.ts';

/** LPIPS (SqueezeNet, v0.1) of source and result; what a mask leaves out is black, -1 for the network. */
export const lpips = overRegions({
  name: 'lpips',
  title: 'LPIPS',
  better: 'lower',
  scale: 1e3,
  digits: 2,
  models: ['lpips'],
  compare: (source, result, models) => models.lpips.distance(source, result),
});
