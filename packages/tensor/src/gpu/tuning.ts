import { type MatrixAttentionTile, planMatrixAttention } from './attentionMatrixTile.ts';
import {
  type AttentionPass,
  type AttentionTile,
  planAttention,
  type ScalarAttentionTile,
} from './attentionTuning.ts';
import type { AdapterFacts } from './facts.ts';
import type { GemmTile } from './gemmTile.ts';
import { type GemmPlan, type GemmSize, planGemm } from './gemmTuning.ts';

/** Replacements of the choices made for the adapter, for tests and benchmarks. */
export interface TuningOverride {
  /** Facts that replace the adapter's. */
  readonly facts?: Partial<AdapterFacts>;
  /** The tile of every matrix product; one of matrix units, of every product of f16. */
  readonly gemmTile?: GemmTile;
  /** The tile of every attention kernel; one of matrix units, of the forward pass of f16. */
  readonly attentionTile?: AttentionTile;
}

/** Which variants of the kernels run on a device. */
export class Tuning {
  private overrides: TuningOverride = {};
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

  /** How a matrix product of `size` is computed. */
  gemm(size: GemmSize): GemmPlan {
    return planGemm(this.facts, size, this.overrides.gemmTile);
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
   * Replaces choices for this device, for tests and benchmarks of a variant, until the result is disposed:
   * `using _ = device.tuning.override({ gemmTile })`. The innermost one counts.
   */
  override(choices: TuningOverride): Disposable {
    const outer = this.overrides;
    this.apply({ ...outer, ...choices });
    return { [Symbol.dispose]: () => this.apply(outer) };
  }

  private apply(overrides: TuningOverride): void {
    this.overrides = overrides;
    this.decisive = { ...this.adapter, ...overrides.facts };
  }
}
