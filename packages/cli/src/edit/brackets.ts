import { withoutBrackets } from '@lusd/lusd';
import { listed } from '../ui/listed.ts';
import type { Log } from '../ui/log.ts';

export interface Prompts {
  readonly sourcePrompt: string;
  readonly targetPrompt: string;
}

/** Takes the brackets that mark edited words out of all prompts, unless they are to be kept, and says so once. */
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
      `Square brackets are taken for marks of the edited words and left out (--keep-brackets keeps them): ${listed(marked.map((prompt) => `"${prompt}"`))}.`,
    );
  return edits.map((edit) => ({
    ...edit,
    sourcePrompt: withoutBrackets(edit.sourcePrompt),
    targetPrompt: withoutBrackets(edit.targetPrompt),
  }));
}
