/** Bytes of the uniform `params` of a dispatch. */
export const PARAMS_BYTES = 256;

/** The words of params, at the start of an array that may be longer. */
export interface PackedParams {
  readonly words: Uint32Array;
  readonly length: number;
}
