import { memoize } from '../memoize.ts';
import { type MatrixAttentionTile, planMatrixAttention } from './attentionMatrixTile.ts';
import { type MatrixScoresTile, planMatrixScores } from './attentionScoresTile.ts';
import {
  type AttentionPass,
  type AttentionTile,
  planAttention,
  type ScalarAttentionTile,
} from './attentionTuning.ts';
import { type WinogradSize, type WinogradTile, winogradTileFor } from './convTuning.ts';
import type { AdapterFacts } from './facts.ts';
import { gemmCandidates, gemmFamily } from './gemmFamilies.ts';
import type { GemmTile } from './gemmTile.ts';
import { type GemmPlan, type GemmSize, gemmKey, planGemm } from './gemmTuning.ts';

/** Replacements of the choices made for the adapter, for tests and benchmarks. */
export interface TuningOverride {
  /** Facts that replace the adapter's. */
  readonly facts?: Partial<AdapterFacts>;
  /** The tile of every matrix product; one of matrix units, of every product of f16. */
  readonly gemmTile?: GemmTile;
  /** The plan of every product, whose launches a profile then lists under its size (`gemmKey`). */
  readonly gemmPlan?: (size: GemmSize) => GemmPlan;
  /** The tile by which every convolution that can be is computed by Winograd's algorithm; null for direct sums. */
  readonly winograd?: WinogradTile | null;
  /** The tile of every attention kernel; one of matrix units, of the forward pass of f16. */
  readonly attentionTile?: AttentionTile;
  /** The tile of matrix units for the scores of f16 alone: attention maps. */
  readonly scoresTile?: MatrixScoresTile;
}

/** Which variants of the kernels run on a device. */
export class Tuning {
  private overrides: TuningOverride = {};
  /** The plan of each product that was asked for: as it was measured, or an estimate. */
  private planOf = this.plansWith(new Map());
  /** How many of the plans were measured, and when. */
  private measured = { count: 0, date: '' };
  /** The facts in use: the adapter's, or their replacements. */
  private decisive: AdapterFacts;

  constructor(
    private readonly adapter: AdapterFacts,
    private readonly workgroupBytes: number,
  ) {
    this.decisive = adapter;
  }

  get facts(): AdapterFacts {
    return this.decisive;
  }

  /** How a matrix product of `size` is computed: as was measured on this adapter, else by estimate. */
  gemm(size: GemmSize): GemmPlan {
    const { facts, gemmTile, gemmPlan } = this.overrides;
    if (gemmPlan) return gemmPlan(size);
    if (facts || gemmTile) return planGemm(this.facts, size, gemmTile);
    return this.planOf(size);
  }

  /** The tile by which a 3 x 3 convolution of stride 1 is computed by Winograd's algorithm; null for direct sums. */
  winograd(size: WinogradSize): WinogradTile | null {
    const { winograd = winogradTileFor(this.facts, size) } = this.overrides;
    return winograd;
  }

  /** Whether products of one matrix with several are one launch: not where a launch costs little, on a software adapter. */
  get joinsProducts(): boolean {
    const tile = this.overrides.gemmTile ?? gemmCandidates(this.facts, false)[0].tile;
    return tile.kind !== 'broadcast';
  }

  /** Takes plans into use that were measured on this adapter (`tuneProducts`) on a day, by `gemmKey`. */
  useMeasured(plans: ReadonlyMap<string, GemmPlan>, date: string): void {
    this.planOf = this.plansWith(new Map(plans));
    this.measured = { count: plans.size, date };
  }

  /** Which tiles are in use, in words: those of a family of adapters, or as was measured. */
  get description(): string {
    const { count, date } = this.measured;
    const family = `tiles for ${gemmFamily(this.facts).name}`;
    return count === 0 ? family : `${family}; ${count} products as measured here on ${date}`;
  }

  /** Whether products are to be told apart by their sizes in a profile. */
  get namesProducts(): boolean {
    return this.overrides.gemmPlan !== undefined;
  }

  /** The tile for one pass over heads of `headSize` elements. @throws ShapeError if not one row fits */
  attention(pass: AttentionPass, headSize: number): ScalarAttentionTile {
    const tile = this.overrides.attentionTile;
    if (tile && tile.kind !== 'matrix') return tile;
    return planAttention(this.facts, this.workgroupBytes, pass, headSize);
  }

  /** The tile of matrix units for the forward pass of f16; null where there are none, or where a head is too large. */
  matrixAttention(headSize: number): MatrixAttentionTile | null {
    const tile = this.overrides.attentionTile;
    if (tile) return tile.kind === 'matrix' ? tile : null;
    return planMatrixAttention(this.facts, this.workgroupBytes, headSize);
  }

  /**
   * The tile of matrix units for the scores of f16 alone; null where there are none, no room, or another kind of
   * tile is in place.
   */
  matrixScores(headSize: number): MatrixScoresTile | null {
    const { attentionTile, scoresTile } = this.overrides;
    if (scoresTile) return scoresTile;
    if (attentionTile && attentionTile.kind !== 'matrix') return null;
    return planMatrixScores(this.facts, this.workgroupBytes, headSize);
  }

  /**
   * Replaces choices for this device, for tests and benchmarks of a variant, until the result is disposed:
   * `using _ = device.tuning.override({ gemmTile })`. The innermost one counts.
   */
  override(choices: TuningOverride): Disposable {
    const outer = this.overrides;
    this.apply({ ...outer, ...choices });
    return { [Symbol.dispose]: () => this.apply(outer) };
  }

  private plansWith(measured: ReadonlyMap<string, GemmPlan>) {
    return memoize((size: GemmSize) => measured.get(gemmKey(size)) ?? planGemm(this.adapter, size));
  }

  private apply(overrides: TuningOverride): void {
    this.overrides = overrides;
    this.decisive = { ...this.adapter, ...overrides.facts };
  }
}
