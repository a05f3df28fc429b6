import type { Tensor } from '@lusd/tensor';

/** What is done again and again with tensors of the same shapes. */
export interface RepeatedStep<T> {
  /** @returns tensors, in objects or alone, that are valid until the next call */
  call(...operands: Tensor[]): T;
  dispose(): void;
}
