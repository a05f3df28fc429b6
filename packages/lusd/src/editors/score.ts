import type { Moment } from '@lusd/sd-models';
import type { Tensor } from '@lusd/tensor';
import type { Draw, LatentDraws } from '../draws.ts';
import type { Problem, State } from './editor.ts';
import type { NumberOf } from './numbers.ts';

/** One run of a method, as descent sees it: what it draws, and what the latents descend along. */
export type Score = GradientScore | FormulaScore;

/** What every score has. */
export interface DrawnScore {
  /** In the order in which the authors' program draws. */
  draw(draws: LatentDraws, iteration: number): Draw;
  /** Frees what the run still holds. */
  dispose?(): void;
}

/** What the latents descend along, f32 [1, h, w, C], by any means. */
export interface GradientScore extends DrawnScore {
  /** Called in a scope, at each attempt. */
  gradient(state: State): Tensor;
}

/** What the latents descend along, f32 [1, h, w, C], as tensor operations and predictions that are always the same. */
export interface FormulaScore extends DrawnScore {
  /** Called in a scope, and captured where the denoiser can: after two attempts it is replayed. */
  formula(terms: Terms): Tensor;
}

/** What a formula is made of. Numbers that change with the attempt cannot be looked at. */
export interface Terms extends Pick<Problem, 'source' | 'schedule' | 'denoiser'> {
  /** z, f32 [1, h, w, C]. */
  readonly latents: Tensor;
  readonly draw: Pick<Draw, 'noise'> & { readonly timestep: number | Moment };
  /** A number of the attempt, under a name of its own. */
  number(name: string, of: NumberOf): number | Tensor;
}
