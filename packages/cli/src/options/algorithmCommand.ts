import { Option } from '@commander-js/extra-typings';
import { type EditOptions, OptionError, parseEditOptions } from '@lusd/lusd';
import { UsageError } from '../ui/errors.ts';
import { type ModelOptions, modelCommand } from './modelCommand.ts';
import { parseNumber } from './parsers.ts';

/** What a command that edits pictures has in common with the others. */
export interface AlgorithmOptions extends ModelOptions, Omit<EditOptions, 'saveStep'> {
  readonly targetRule: 'aligned' | 'parity';
  readonly tagger?: string | undefined;
}

export const DEFAULTS = parseEditOptions();

/** A number with the library's default. */
export function numeric<const Flags extends string>(flags: Flags, description: string, value: number) {
  return new Option(flags, description).argParser(parseNumber).default(value);
}

/** A command that edits pictures: every option of the algorithm, with the released program's defaults. */
export function algorithmCommand(name: string, description: string) {
  return modelCommand(name, description)
    .optionsGroup('Algorithm:')
    .addOption(numeric('--num-steps <n>', 'accepted iterations', DEFAULTS.numSteps))
    .addOption(numeric('--lr <rate>', 'learning rate', DEFAULTS.lr))
    .addOption(
      numeric('--reg-scale <share>', "weight of the regulariser's pull to the source", DEFAULTS.regScale),
    )
    .addOption(numeric('--t-min <t>', 'lowest timestep drawn', DEFAULTS.tMin))
    .addOption(numeric('--t-max <t>', 'timesteps are drawn below this, less one', DEFAULTS.tMax))
    .addOption(numeric('--ds-high <std>', 'standard deviation of the first directions', DEFAULTS.dsHigh))
    .addOption(numeric('--ds-low <std>', 'standard deviation of the last directions', DEFAULTS.dsLow))
    .addOption(numeric('--speed <s>', 'sharpness of the fall between the two', DEFAULTS.speed))
    .addOption(numeric('--threshold <std>', 'what a gradient must reach to be accepted', DEFAULTS.threshold))
    .addOption(
      numeric(
        '--threshold-decay-rate <factor>',
        'on the threshold after a refusal',
        DEFAULTS.thresholdDecayRate,
      ),
    )
    .addOption(
      numeric(
        '--cross-attn-momentum <share>',
        "the new mask's weight in the average",
        DEFAULTS.crossAttnMomentum,
      ),
    )
    .option('--no-direction-scale', 'do not normalise the directions')
    .addOption(
      new Option(
        '--target-rule <rule>',
        "how the mask's words are found; parity: as the released program does",
      )
        .choices(['aligned', 'parity'] as const)
        .default('aligned' as const),
    )
    .option('--tagger <folder>', "NLTK's averaged_perceptron_tagger_eng, in place of the tagger that ships");
}

/**
 * The algorithm's options, checked.
 * @throws UsageError naming the flag whose value cannot be
 */
export function parseAlgorithm(options: Partial<EditOptions>): EditOptions {
  const names = Object.keys(DEFAULTS) as (keyof EditOptions)[];
  try {
    return parseEditOptions(Object.fromEntries(names.map((name) => [name, options[name]])));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new UsageError(withFlags(error.message, names), { cause: error });
  }
}

/** `option tMin must be less than ..` as `--t-min must be less than ..`. */
function withFlags(message: string, names: readonly string[]): string {
  return names.reduce(
    (text, name) => text.replace(new RegExp(`(?:option )?\\b${name}\\b`, 'g'), flagOf(name)),
    message,
  );
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
