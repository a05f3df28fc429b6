import * as v from 'valibot';
import { notNegative } from '../options.ts';

/** How a direction becomes a step. */
export interface StepOptions {
  /** Learning rate. */
  readonly lr: number;
  /** SGD has no momentum; Adam and AdamW are torch's, with its defaults. Default 'sgd'. */
  readonly optimizer: 'sgd' | 'adam' | 'adamw';
  /**
   * What the optimizer is given as the gradient: 2000 / (h w) times the direction, 'mean', as where the loss is a mean
   * over the latents times 2000, or the direction itself, 'sum'.
   */
  readonly reduction: 'mean' | 'sum';
}

/** @param defaults of the method's authors */
export function stepEntries(lr: number, reduction: StepOptions['reduction']) {
  return {
    lr: v.optional(notNegative, lr),
    optimizer: v.optional(v.picklist(['sgd', 'adam', 'adamw'], "must be 'sgd', 'adam' or 'adamw'"), 'sgd'),
    reduction: v.optional(v.picklist(['mean', 'sum'], "must be 'mean' or 'sum'"), reduction),
  };
}
