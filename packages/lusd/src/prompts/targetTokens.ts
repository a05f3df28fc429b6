/** Where a BPE token lies in the text it came from: UTF-16 offsets, the end excluded. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

/** The part of a CLIP tokenizer that choosing target tokens takes. */
export interface PromptTokenizer {
  /** Tokens that the text encoder reads, the start and the end token included: CLIP's 77. */
  readonly maxLength: number;
  /** All tokens of a text in order, without start, end or padding, and not truncated. */
  tokenize(text: string): readonly TokenSpan[];
}

/** A tokenizer that also says which tokens are the same. */
export interface TokenIdTokenizer extends PromptTokenizer {
  tokenize(text: string): readonly (TokenSpan & { readonly id: number })[];
}

/** A word of the target prompt that the mask looks at. */
export interface TargetWord {
  readonly text: string;
  /** Positions of its tokens among those that the text encoder reads, the start token being 0. */
  readonly indices: readonly number[];
}

/** The tokens whose attention the mask is made from; none means no mask. */
export interface TargetTokens {
  /** Positions among the prompt's tokens that the text encoder reads, the start token being 0, without repetition. */
  readonly indices: readonly number[];
  /** The words that these positions were chosen for, for the log. */
  readonly words: readonly TargetWord[];
  /** Words that would have been chosen, but lie beyond the tokens that the text encoder reads. */
  readonly beyondContext: readonly string[];
}

/** The last position that a token of a prompt can have: before the end token. CLIP's is 75. */
export function lastPromptToken({ maxLength }: PromptTokenizer): number {
  return maxLength - 2;
}

/** Positions, the start token being 0, of the tokens that share a character with a stretch of the text. */
export function overlappingTokens(tokens: readonly TokenSpan[], { start, end }: TokenSpan): number[] {
  return tokens.flatMap((token, i) => (token.start < end && token.end > start ? [i + 1] : []));
}

/** Gathers the chosen words, but for those with a token beyond `lastIndex`. */
export function collectTargets(chosen: readonly TargetWord[], lastIndex: number): TargetTokens {
  const isRead = (word: TargetWord): boolean => word.indices.every((index) => index <= lastIndex);
  const words = chosen.filter(isRead);
  return {
    indices: [...new Set(words.flatMap((word) => word.indices))],
    words,
    beyondContext: chosen.filter((word) => !isRead(word)).map((word) => word.text),
  };
}
