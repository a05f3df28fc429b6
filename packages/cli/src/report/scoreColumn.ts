import type { Column } from './model.ts';

/** Names of scores, or their beginnings, that tables of results have, and which way is better. */
const DIRECTIONS: readonly (readonly [start: string, better: 'higher' | 'lower'])[] = [
  ['l1', 'lower'],
  ['l2', 'lower'],
  ['mse', 'lower'],
  ['lpips', 'lower'],
  ['structure_distance', 'lower'],
  ['psnr', 'higher'],
  ['ssim', 'higher'],
  ['dino', 'higher'],
  ['clip', 'higher'],
];

/** The column of a score whose file does not tell more than its name. */
export function scoreColumn(key: string): Column {
  const known = DIRECTIONS.find(([start]) => key.toLowerCase().startsWith(start));
  const title = key.replace(/^clip_(.)$/, (_, letter: string) => `CLIP-${letter.toUpperCase()}`);
  return {
    key,
    title: /^l[12]$/.test(title) ? title.toUpperCase() : title.replaceAll('_', ' '),
    better: known?.[1] ?? null,
    scale: 1,
    digits: 4,
  };
}
