import type { TokenIdTokenizer } from './targetTokens.ts';

/** The prompts of an edit as texts, for methods that look at their words. */
export interface EditPrompts {
  readonly source: string;
  readonly target: string;
  /** What the user does not want to see; null where nothing was said. */
  readonly negative: string | null;
  /** Says what a prompt's tokens are; of those beyond its `maxLength` the end is read only with `longPrompts`. */
  readonly tokenizer: TokenIdTokenizer;
  /** Whether longer prompts are read whole, in chunks. */
  readonly longPrompts: boolean;
}
