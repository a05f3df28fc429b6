import type { Provenance } from '@lusd/lusd/metrics';
import type { Benchmark } from './benchmarks/benchmark.ts';
import type { EvalFlags } from './evalOptions.ts';
import type { PlannedModel } from './modelPlan.ts';

/**
 * All that an item's scores depend on besides its pictures and texts.
 * @param version of this program
 */
export function settingsOf(
  { metrics }: Benchmark,
  planned: readonly PlannedModel[],
  { pixels, dtype, torchmetrics, torchvision, structureWhite }: EvalFlags,
  version: string,
): object {
  return {
    lusd: version,
    metrics: metrics.map(({ name }) => name),
    models: Object.fromEntries(planned.map(({ name, sha256 }) => [name, sha256])),
    pixels,
    dtype,
    torchmetrics,
    torchvision,
    structure_white: structureWhite,
  };
}

/**
 * What is needed to compute the same numbers again.
 * @param devices the adapters that models ran on
 */
export function provenanceOf(
  benchmark: Benchmark,
  planned: readonly PlannedModel[],
  flags: EvalFlags,
  version: string,
  devices: readonly string[],
): Provenance & { readonly deviations: readonly string[] } {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    devices,
    ...settingsOf(benchmark, planned, flags, version),
    weights: Object.fromEntries(planned.map(({ name, path }) => [name, path])),
    bootstrap: { seed: flags.seed, resamples: flags.resamples, interval: 0.95, drawn: 'groups' },
    deviations: deviations(benchmark, flags),
  };
}

/** Where the numbers are computed otherwise than those that are published, as far as these metrics are concerned. */
function deviations(
  { metrics }: Benchmark,
  { pixels, torchmetrics, torchvision, structureWhite }: EvalFlags,
): string[] {
  const has = (start: string) => metrics.some(({ name }) => name.startsWith(start));
  const [hasSsim, hasLpips, hasStructure] = [has('ssim'), has('lpips'), has('structure_distance')];
  const all: readonly [applies: boolean, what: string][] = [
    [
      pixels === 'displayed',
      'Pictures are read as displayed (upright, in sRGB, on white), not as stored: --pixels released.',
    ],
    [has('clip'), 'CLIP runs in another dtype than f16 on CUDA: differences of about 1e-3.'],
    [has('clip') || has('dino'), 'Cosines that rounding makes larger than 1 are 1.'],
    [hasSsim, 'SSIM is computed in double precision, not in f32: differences of about 1e-5.'],
    [hasSsim && torchmetrics === '1.4.2', 'SSIM averages all pixels, not the inner ones.'],
    [
      hasLpips && torchmetrics !== '1.2.0',
      `LPIPS is that of torchmetrics ${torchmetrics}, not of lpips 0.1.4.`,
    ],
    [hasStructure && torchvision === '0.17', 'The structure distance resizes with antialiasing.'],
    [hasStructure && structureWhite === '1', 'White is 1 in the structure distance, not 255.'],
  ];
  return all.filter(([applies]) => applies).map(([, what]) => what);
}
