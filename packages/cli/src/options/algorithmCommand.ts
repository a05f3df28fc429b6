import { Option } from '@commander-js/extra-typings';
import {
  ALGORITHM_TEXTS,
  METHOD_OPTIONS,
  METHODS,
  type MethodEditor,
  type MethodName,
  OptionError,
  type OptionValue,
} from '@lusd/lusd';
import { describeError, UsageError } from '../ui/errors.ts';
import { addMethodOptions, methodOption, methodsWith } from './methodOptions.ts';
import { type ModelOptions, modelCommand } from './modelCommand.ts';

/** Options shared by all commands that edit pictures, beside those of the methods. */
export interface AlgorithmOptions extends ModelOptions {
  readonly method: MethodName;
  readonly negativePrompt?: string | undefined;
  readonly targetRule: 'aligned' | 'parity';
  readonly tagger?: string | undefined;
}

/** A command that edits pictures: every option of every method, with the released programs' defaults. */
export function algorithmCommand(name: string, description: string) {
  const { targetRule } = ALGORITHM_TEXTS;
  const command = modelCommand(name, description).optionsGroup('Algorithm:').addOption(methodOption());
  addMethodOptions(command);
  return command
    .option(
      '--negative-prompt <text>',
      'what the picture should not show (of csd; default: the source prompt)',
    )
    .addOption(
      new Option(targetRule.flags, targetRule.text)
        .choices(['aligned', 'parity'] as const)
        .default('aligned' as const),
    )
    .option(
      '--tagger <folder>',
      "folder of NLTK's averaged_perceptron_tagger_eng, to use instead of the bundled tagger",
    );
}

/** A method's name, and whatever options. */
export interface MethodFlags {
  readonly method: MethodName;
}

/**
 * The editor of the chosen method, with the options among the flags.
 * @throws UsageError naming the flag whose value cannot be used, or that the method does not have
 */
export function parseAlgorithm(flags: MethodFlags): MethodEditor {
  try {
    return METHODS[flags.method].make(givenOptions(flags));
  } catch (error) {
    throw error instanceof OptionError ? new UsageError(describeError(error), { cause: error }) : error;
  }
}

/** The options of methods that were given. @throws UsageError for one that the chosen method does not have */
function givenOptions(flags: MethodFlags): Record<string, OptionValue> {
  const { method } = flags;
  const values = new Map<string, OptionValue | undefined>(Object.entries(flags));
  const given: Record<string, OptionValue> = {};
  for (const option of METHOD_OPTIONS) {
    const value = values.get(option.name);
    if (value === undefined) continue;
    if (!(method in option.defaults)) {
      const [flag] = option.flags.split(' ');
      throw new UsageError(
        `${flag} is not an option of ${method}, but of ${methodsWith(option)}; omit it, or choose another --method`,
      );
    }
    given[option.name] = value;
  }
  return given;
}
