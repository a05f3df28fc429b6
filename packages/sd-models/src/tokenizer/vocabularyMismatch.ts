import type { ClipTokenizer } from './clipTokenizer.ts';

/** A tokenizer and a text encoder of different sizes. */
export interface VocabularyMismatch {
  /** A larger tokenizer gives ids that the text encoder refuses; a smaller one does not know the last tokens. */
  readonly kind: 'larger' | 'smaller';
  /** A sentence without its full stop. */
  readonly message: string;
}

const REMEDY = 'use the tokenizer that was saved with it';

/**
 * How a tokenizer and a text encoder differ; null where each has as many tokens as the other.
 * @param vocabSize rows of the text encoder's token embedding
 */
export function vocabularyMismatch(
  { vocabularySize }: Pick<ClipTokenizer, 'vocabularySize'>,
  vocabSize: number,
): VocabularyMismatch | null {
  if (vocabularySize === vocabSize) return null;
  const known = `the tokenizer knows ${vocabularySize} tokens and the text encoder`;
  if (vocabularySize > vocabSize) return { kind: 'larger', message: `${known} only ${vocabSize}; ${REMEDY}` };
  const added = vocabSize - vocabularySize;
  return {
    kind: 'smaller',
    message: `${known} ${vocabSize}: the ${added} added tokens are split into pieces; ${REMEDY}`,
  };
}
