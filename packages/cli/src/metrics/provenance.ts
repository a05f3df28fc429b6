import type { Provenance } from '@lusd/lusd/metrics';
import type { Benchmark } from './benchmarks/benchmark.ts';
import type { EvalFlags } from './evalOptions.ts';
import type { PlannedModel } from './modelPlan.ts';

/** All that an item's scores depend on besides its pictures and texts. */
export function settingsOf(
  { metrics }: Benchmark,
  planned: readonly PlannedModel[],
  { pixels, dtype, ssim }: EvalFlags,
): object {
  return {
    metrics: metrics.map(({ name }) => name),
    models: Object.fromEntries(planned.map(({ name, sha256 }) => [name, sha256])),
    pixels,
    dtype,
    ssim,
  };
}

/**
 * What is needed to compute the same numbers again.
 * @param device the adapter's name; null where no model ran this time
 */
export function provenanceOf(
  benchmark: Benchmark,
  planned: readonly PlannedModel[],
  flags: EvalFlags,
  version: string,
  device: string | null,
): Provenance {
  return {
    lusd: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    device,
    ...settingsOf(benchmark, planned, flags),
    weights: Object.fromEntries(planned.map(({ name, path }) => [name, path])),
    bootstrap: { seed: flags.seed, resamples: flags.resamples, interval: 0.95, drawn: 'groups' },
    deviations: deviations(flags),
  };
}

/** Where the numbers are computed otherwise than those that are published. */
function deviations({ pixels, ssim }: EvalFlags): string[] {
  return [
    'SSIM is computed in double precision, the published in f32: differences of about 1e-5.',
    'Cosines are clamped to [-1, 1].',
    'CLIP runs in the dtype below; the released evaluation ran it in f16 on CUDA: differences of about 1e-3.',
    ...(pixels === 'displayed'
      ? [
          'Pictures are read as displayed (orientation, colour profile, alpha); the released evaluation reads them as stored: --pixels released.',
        ]
      : []),
    ...(ssim === 'reflected'
      ? ['SSIM averages all pixels, as torchmetrics from 1.4.2 on; the published average the inner ones.']
      : []),
  ];
}
