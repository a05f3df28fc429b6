import { perceptronTagger, type TokenChoice } from '@lusd/lusd';
import { loadPerceptronModel } from '@lusd/lusd/node';

/** The flags that say which words the mask looks at. */
export interface TokenFlags {
  readonly targetIndex?: readonly number[] | undefined;
  readonly editWords?: readonly string[] | undefined;
  readonly targetRule: 'aligned' | 'parity';
  readonly tagger?: string | undefined;
}

/** @throws TaggerModelError where the tagger's files are missing */
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
