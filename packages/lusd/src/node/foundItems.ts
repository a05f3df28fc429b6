import type { Item } from '../metrics/item.ts';

/** The items of an evaluation that folders hold, and what the others lack. */
export interface FoundItems {
  readonly items: readonly Item[];
  /** What the other items lack: `results/12/12_1.png`, `'12-output1.png' in captions.json`. */
  readonly missing: readonly string[];
  /** Results that belong to no item, as paths. */
  readonly unknown: readonly string[];
}
