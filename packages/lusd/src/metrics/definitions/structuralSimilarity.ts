import type { Metric } from '../metric.ts';
import { type SsimVariant, ssim } from '../ssim.ts';
import { overRegions } from './regions.ts';

/** Structural similarity of result and source, as a version of torchmetrics has it. */
export function structuralSimilarity(variant: SsimVariant): readonly Metric[] {
  return overRegions({
    name: 'ssim',
    title: 'SSIM',
    better: 'higher',
    scale: 1e2,
    digits: 2,
    models: [],
    compare: (source, result) => ssim(source, result, variant),
  });
}
