import { METHOD_NAMES, METHODS, type MethodEditor, type MethodName } from '@lusd/lusd';
import { UsageError } from '../ui/errors.ts';

/** Flags that only some editors look at. */
export interface UsedFlags {
  readonly method: MethodName;
  readonly negativePrompt?: string | undefined;
  readonly targetIndex?: readonly number[] | undefined;
  readonly editWords?: readonly string[] | undefined;
}

/** @throws UsageError for a flag that `editor` would not look at */
export function requireUse(editor: MethodEditor, flags: UsedFlags): void {
  const { method, negativePrompt, targetIndex, editWords } = flags;
  if (negativePrompt !== undefined && !METHODS[method].usesNegative) {
    const users = METHOD_NAMES.filter((name) => METHODS[name].usesNegative);
    throw new UsageError(
      `--negative-prompt is not an option of ${method}, but of ${users.join(', ')}; omit it, or choose another --method`,
    );
  }
  if (editor.usesTargetTokens) return;
  const flag = targetIndex ? '--target-index' : editWords ? '--edit-words' : null;
  if (flag === null) return;
  throw new UsageError(`${flag} chooses the words of a mask, which ${method} has with --mask-attention only`);
}
