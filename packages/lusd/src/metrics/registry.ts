import { MetricsError } from '../errors.ts';
import { clipDirectional } from './definitions/clipDirectional.ts';
import { clipI } from './definitions/clipI.ts';
import { clipR } from './definitions/clipR.ts';
import { clipSimilarity } from './definitions/clipSimilarity.ts';
import { clipT } from './definitions/clipT.ts';
import { clipTOracle } from './definitions/clipTOracle.ts';
import { dino } from './definitions/dino.ts';
import { l1 } from './definitions/l1.ts';
import { l2 } from './definitions/l2.ts';
import { lpips } from './definitions/lpips.ts';
import { mse } from './definitions/mse.ts';
import { psnr } from './definitions/psnr.ts';
import { structuralSimilarity } from './definitions/structuralSimilarity.ts';
import { structureDistance } from './definitions/structureDistance.ts';
import type { Metric } from './metric.ts';
import type { SsimVariant } from './ssim.ts';

/** How metrics are computed that versions of their libraries compute differently. */
export interface MetricOptions {
  /** Default `inner`, as PIE-Bench's numbers are published. */
  readonly ssim?: SsimVariant;
}

/** Every metric, in the order of a table's columns. */
export function allMetrics({ ssim = 'inner' }: MetricOptions = {}): readonly Metric[] {
  return [
    ...[l1, l2, clipI, dino, clipT, clipTOracle, clipR],
    ...[
      structureDistance,
      psnr,
      lpips,
      mse,
      structuralSimilarity(ssim),
      clipSimilarity,
      clipDirectional,
    ].flat(),
  ];
}

/**
 * The metrics of these names, in the order of {@link allMetrics}.
 * @throws MetricsError naming those that there are, for another name
 */
export function metricsNamed(names: readonly string[], options: MetricOptions = {}): readonly Metric[] {
  const all = allMetrics(options);
  const unknown = names.find((name) => !all.some((metric) => metric.name === name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  throw new MetricsError(
    `there is no metric '${unknown}'; choose among ${all.map(({ name }) => name).join(', ')}`,
  );
}

/** The metrics of a layout unless others are asked for: those of its papers' tables. */
export const DEFAULT_METRICS = {
  magicBrush: ['l1', 'l2', 'clip_i', 'dino', 'clip_t', 'clip_r'],
  pieBench: [
    'structure_distance',
    'psnr_unedit_part',
    'lpips_unedit_part',
    'mse_unedit_part',
    'ssim_unedit_part',
    'clip_similarity_source_image',
    'clip_similarity_target_image',
    'clip_similarity_target_image_edit_part',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;
