import { METHODS, type MethodEditor, type MethodName, OptionError, type OptionValue } from '@lusd/lusd';

/** Options of a method by their names; undefined, or left out, for the method's default. */
export type MethodSettings = Readonly<Record<string, OptionValue | undefined>>;

/** A method of editing, and its options. */
export interface ChosenMethod {
  readonly method: MethodName;
  readonly options: MethodSettings;
}

/**
 * The editor of the method, with its options.
 * @throws OptionError naming the first option that the method does not have, or whose value cannot be used
 */
export function editorOf({ method, options }: ChosenMethod): MethodEditor {
  return METHODS[method].make(options);
}

/** Which option cannot be used, and why; null if all can. */
export function optionProblem(chosen: ChosenMethod): OptionError | null {
  try {
    editorOf(chosen);
    return null;
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
}

/** The steps that an edit takes; 0 where its options cannot be used. */
export function stepsOf(chosen: ChosenMethod): number {
  return optionProblem(chosen) ? 0 : editorOf(chosen).numSteps;
}

/** Whether the method looks at the words that the edit is about. */
export function usesWords({ method, options }: ChosenMethod): boolean {
  // Its switches decide that; the numbers may be wrong while they are typed.
  const switches = Object.entries(options).filter(([, value]) => typeof value === 'boolean');
  return editorOf({ method, options: Object.fromEntries(switches) }).usesTargetTokens ?? false;
}

/** Whether the method looks at the negative prompt. */
export function usesNegative({ method }: Pick<ChosenMethod, 'method'>): boolean {
  return METHODS[method].usesNegative ?? false;
}
