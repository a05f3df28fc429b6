import { findWords, promptDifference } from '../../src/prompts/difference.ts';
import type { Tagger } from '../../src/prompts/tagger.ts';
import type { KnownPair } from './recordedPrompts.ts';

/**
 * Tags as NLTK's model gave them to the differing words of a sample pair, as far as they are recorded: which
 * words are nouns. The last differing word of "a dragon on a hill" is no noun, and since the released
 * program added nothing to it, its tag was IN; elsewhere the tag of what is no noun does not matter.
 */
export function recordedTagger(pair: KnownPair): Tagger {
  const { differing } = promptDifference(pair.source_prompt, pair.target_prompt);
  const nouns = new Set(differing.filter((_, i) => pair.is_noun[i]));
  return () => findWords(pair.target_prompt).map((_, i) => (nouns.has(i) ? 'NN' : 'IN'));
}
