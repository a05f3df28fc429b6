/** Where a picture was edited: 1 in the file's pixels, or runs over the pixels row by row. */
export type ItemMask =
  | { readonly kind: 'file'; readonly path: string }
  /** Start, length, start, length, .., as PIE-Bench has them. */
  | { readonly kind: 'runs'; readonly runs: readonly number[] };

/** The texts that belong to a result. */
export interface ItemTexts {
  /** What the source shows: a global caption, or PIE-Bench's original prompt. */
  readonly sourceText?: string;
  /** What the result should show: a global caption, or PIE-Bench's editing prompt. */
  readonly targetText?: string;
  /** What the edit alone should bring: MagicBrush's local caption. */
  readonly localText?: string;
}

/** One result of an editing method, and all that it may be compared with. Pictures are paths. */
export interface Item {
  /** Unique among the items: `12-output1`, PIE-Bench's file id. */
  readonly id: string;
  /** Items of one group are drawn together when intervals are estimated: the id of MagicBrush's session. */
  readonly group: string;
  /** The rows of a summary, besides the one of all items, that the item counts in. */
  readonly categories: readonly string[];
  /** Columns before the scores in a table of all items. */
  readonly labels: Readonly<Record<string, string | number | null>>;
  readonly result: string;
  /** What is taken of the result: all of it, or, of one that is not square, what PIE-Bench takes. */
  readonly frame: 'whole' | 'pieBench';
  /** The picture that was edited. */
  readonly source?: string;
  /** The picture that editing should give. */
  readonly groundTruth?: string;
  readonly mask?: ItemMask;
  readonly texts: ItemTexts;
}
