import { perceptronTagger, type TokenChoice } from '@lusd/lusd';
import { loadPerceptronModel } from '@lusd/lusd/node';

/** The flags that choose the words that the mask is made from. */
export interface TokenFlags {
  readonly targetIndex?: readonly number[] | undefined;
  readonly editWords?: readonly string[] | undefined;
  readonly targetRule: 'aligned' | 'parity';
  readonly tagger?: string | undefined;
}

/** @throws TaggerModelError if the tagger's files are missing */
export async function tokenChoice({
  targetIndex,
  editWords,
  targetRule,
  tagger,
}: TokenFlags): Promise<TokenChoice> {
  return {
    rule: targetRule,
    ...(targetIndex && { indices: targetIndex }),
    ...(editWords && { words: editWords }),
    ...(tagger !== undefined && { tagger: perceptronTagger(await loadPerceptronModel(tagger)) }),
  };
}
