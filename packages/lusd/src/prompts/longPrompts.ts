import type { PromptTokenizer, TokenSpan } from './targetTokens.ts';

/**
 * A tokenizer's view of prompts that are read in chunks, so that every token of them is read. Positions count the
 * prompt's tokens as one row, the start token being 0; `contextPosition` says where they are among the chunks.
 */
export class ChunkedTokenizer implements PromptTokenizer {
  readonly maxLength: number;
  private readonly chunks: number;

  /** @param prompts the prompts that are read together, each in as many chunks as the longest needs */
  constructor(
    private readonly tokenizer: PromptTokenizer,
    prompts: readonly string[],
  ) {
    const chunks = prompts.map((prompt) => Math.ceil(tokenizer.tokenize(prompt).length / this.room));
    this.chunks = Math.max(1, ...chunks);
    this.maxLength = this.chunks * this.room + 2;
  }

  tokenize(text: string): readonly TokenSpan[] {
    return this.tokenizer.tokenize(text);
  }

  /** Where a token is among those that the UNet attends to: each chunk has a start and an end token of its own. */
  contextPosition(index: number): number {
    const { maxLength } = this.tokenizer;
    if (index === 0) return 0;
    const chunk = Math.floor((index - 1) / this.room);
    // What follows the last token is the end token.
    return chunk < this.chunks
      ? chunk * maxLength + ((index - 1) % this.room) + 1
      : this.chunks * maxLength - 1;
  }

  /** Tokens of a chunk, without its start and end. */
  private get room(): number {
    return this.tokenizer.maxLength - 2;
  }
}
