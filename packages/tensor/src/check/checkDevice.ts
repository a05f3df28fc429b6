import { DeviceLostError } from '../errors.ts';
import type { Device } from '../gpu/device.ts';
import type { GemmTile } from '../gpu/gemmTile.ts';
import { attentionChecks } from './attentions.ts';
import type { Check, Measured } from './check.ts';
import { gradientChecks } from './gradients.ts';
import { layoutChecks } from './layouts.ts';
import { normChecks } from './norms.ts';
import { pointwiseChecks } from './pointwise.ts';
import { productChecks } from './products.ts';
import { randomChecks } from './random.ts';
import { reductionChecks } from './reductions.ts';
import { replayCheck } from './replay.ts';

/** What is checked besides what the adapter runs. */
export interface CheckOptions {
  /** Further tiles of matrix products, such as those of a variant that is not chosen on this adapter. */
  readonly gemmTiles?: readonly GemmTile[];
}

/** One computation by a kind of kernel, compared with the same in double. */
export interface CheckResult {
  /** The operation, such as 'linear'. */
  readonly name: string;
  /** Which variant of the kernel, such as 'matrix 128 x 128 x 32'; '' where it is the one that the device chooses. */
  readonly variant: string;
  /** Shapes of the operands. */
  readonly sizes: string;
  readonly dtype: string;
  /** Largest error, relative to the largest magnitude that is wanted; infinite where a result is not finite. */
  readonly error: number;
  /** Largest error allowed. */
  readonly tolerance: number;
  readonly passed: boolean;
  /** The worst element, or what was thrown; null where the check passed. */
  readonly problem: string | null;
}

/**
 * Checks every kind of kernel that an edit runs, at small odd sizes, on `device`: the results as they come. Nothing else
 * may use the device meanwhile. A kernel that does not compile is a check that did not pass; a lost device ends the
 * checks, with what it said as the last problem.
 */
export async function* checkDevice(
  device: Device,
  { gemmTiles = [] }: CheckOptions = {},
): AsyncGenerator<CheckResult, void, undefined> {
  for (const check of checksFor(device, gemmTiles)) {
    const { result, lost } = await perform(check, device);
    yield result;
    if (lost) return;
  }
}

function checksFor(device: Device, gemmTiles: readonly GemmTile[]): Check[] {
  return [
    ...layoutChecks(),
    ...pointwiseChecks(),
    ...reductionChecks(),
    ...normChecks(),
    ...productChecks(device.tuning.facts, gemmTiles),
    ...attentionChecks(),
    ...gradientChecks(),
    ...randomChecks(),
    replayCheck,
  ];
}

async function perform(check: Check, device: Device): Promise<{ result: CheckResult; lost: boolean }> {
  const { name, variant, sizes, dtype, tolerance } = check;
  const own = { name, variant, sizes, dtype, tolerance };
  try {
    const { error, problem } = worstOf(await check.measure(device));
    const passed = error <= tolerance;
    return { result: { ...own, error, passed, problem: passed ? null : problem }, lost: false };
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown);
    const result = { ...own, error: Number.POSITIVE_INFINITY, passed: false, problem };
    return { result, lost: thrown instanceof DeviceLostError };
  }
}

function worstOf(measured: readonly Measured[]): { error: number; problem: string } {
  const errors = measured.map(compare);
  return errors.reduce((worst, other) => (other.error > worst.error ? other : worst));
}

function compare({ got, wanted }: Measured, index: number, { length: results }: readonly Measured[]) {
  if (got.length !== wanted.length)
    return { error: Number.POSITIVE_INFINITY, problem: `${got.length} elements, not ${wanted.length}` };
  let scale = 0;
  for (let i = 0; i < wanted.length; i++) scale = Math.max(scale, Math.abs(wanted[i]!));
  let [worst, at] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    const error = errorOf(got[i]!, wanted[i]!);
    if (error > worst) [worst, at] = [error, i];
  }
  const of = results > 1 ? `of result ${index} ` : '';
  return {
    error: worst / (scale || 1),
    problem: `element ${at} ${of}is ${got[at]}, not ${wanted[at]}`,
  };
}

function errorOf(got: number, wanted: number): number {
  const error = Math.abs(got - wanted);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}
