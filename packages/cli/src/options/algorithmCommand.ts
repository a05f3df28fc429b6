import { Option } from '@commander-js/extra-typings';
import { type LusdEditor, type LusdOptions, lusd, OptionError } from '@lusd/lusd';
import { describeError, UsageError } from '../ui/errors.ts';
import { type ModelOptions, modelCommand } from './modelCommand.ts';
import { parseNumber } from './parsers.ts';

/** What a command that edits pictures has in common with the others. */
export interface AlgorithmOptions extends ModelOptions, LusdOptions {
  readonly targetRule: 'aligned' | 'parity';
  readonly tagger?: string | undefined;
}

const DEFAULTS = lusd().options;

/** A number with the library's default. */
function numeric<const Flags extends string>(flags: Flags, description: string, value: number) {
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
 * LUSD with the options that the flags give.
 * @throws UsageError naming the flag whose value cannot be used
 */
export function parseAlgorithm({
  numSteps,
  lr,
  regScale,
  tMin,
  tMax,
  dsHigh,
  dsLow,
  speed,
  threshold,
  thresholdDecayRate,
  crossAttnMomentum,
  directionScale,
}: LusdOptions): LusdEditor {
  const filter = { threshold, thresholdDecayRate };
  const normalisation = { dsHigh, dsLow, speed, directionScale };
  try {
    return lusd({ numSteps, lr, regScale, tMin, tMax, ...filter, ...normalisation, crossAttnMomentum });
  } catch (error) {
    throw error instanceof OptionError ? new UsageError(describeError(error), { cause: error }) : error;
  }
}
