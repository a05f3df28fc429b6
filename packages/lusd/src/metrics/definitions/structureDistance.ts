import { overRegions } from './regions.ts';

/** Mean squared difference of the two pictures' cosines between DINO keys (Splice, arXiv 2201.00424). */
export const structureDistance = overRegions({
  name: 'structure_distance',
  title: 'Distance',
  better: 'lower',
  scale: 1e3,
  digits: 2,
  models: ['dinoB8'],
  compare: async (source, result, { dinoB8 }) => {
    const [a, b] = await Promise.all([dinoB8.selfSimilarity(source), dinoB8.selfSimilarity(result)]);
    return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
  },
});
