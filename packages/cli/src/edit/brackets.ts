import { withoutBrackets } from '@lusd/lusd';
import { listed } from '../ui/listed.ts';
import type { Log } from '../ui/log.ts';

export interface Prompts {
  readonly sourcePrompt: string;
  readonly targetPrompt: string;
}

/** Removes the brackets that mark edited words from all prompts, unless they should be kept, and logs this once. */
export function plainPrompts<T extends Prompts>(
  edits: readonly T[],
  { keepBrackets }: { readonly keepBrackets?: true | undefined },
  log: Log,
): T[] {
  if (keepBrackets) return [...edits];
  const marked = edits
    .flatMap(({ sourcePrompt, targetPrompt }) => [sourcePrompt, targetPrompt])
    .filter((prompt) => prompt !== withoutBrackets(prompt));
  if (marked.length > 0)
    log.note(
      `Square brackets mark edited words and are removed (--keep-brackets keeps them): ${listed(marked.map((prompt) => `"${prompt}"`))}.`,
    );
  return edits.map((edit) => ({
    ...edit,
    sourcePrompt: withoutBrackets(edit.sourcePrompt),
    targetPrompt: withoutBrackets(edit.targetPrompt),
  }));
}
