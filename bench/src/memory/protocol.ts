/** Device memory of a method's edit, in bytes. */
export interface MethodMemory {
  readonly method: string;
  /** The most that iterations took, from the second on: weights, latents and what the UNet needs. */
  readonly iterations: number;
  /** The most of the whole edit, encoder and decoder included. */
  readonly edit: number;
}

/** Device memory of a full-size model and of the methods' edits. */
export interface MemoryResult {
  readonly adapter: string;
  /** Bytes of the weights. */
  readonly weights: number;
  readonly methods: readonly MethodMemory[];
}
