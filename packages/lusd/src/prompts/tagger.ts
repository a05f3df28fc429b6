/**
 * Gives every word of a sentence its Penn Treebank part-of-speech tag.
 *
 * @param words the words of one sentence, in order
 * @returns one tag a word
 */
export type Tagger = (words: readonly string[]) => string[];

/**
 * The tagger that needs no download: Brill's rules and lexicon, as packaged by npm's `pos`. Its lexicon of
 * 4 MB is loaded by the first call.
 */
export async function loadBrillTagger(): Promise<Tagger> {
  const { default: pos } = await import('pos');
  const tagger = new pos.Tagger();
  return (words) => tagger.tag([...words]).map(([, tag]) => tag);
}
