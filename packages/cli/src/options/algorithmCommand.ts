import { Option } from '@commander-js/extra-typings';
import { type LusdEditor, type LusdOptions, lusd, OptionError } from '@lusd/lusd';
import { describeError, UsageError } from '../ui/errors.ts';
import { type ModelOptions, modelCommand } from './modelCommand.ts';
import { parseNumber } from './parsers.ts';

/** Options shared by all commands that edit pictures. */
export interface AlgorithmOptions extends ModelOptions, LusdOptions {
  readonly targetRule: 'aligned' | 'parity';
  readonly tagger?: string | undefined;
}

const DEFAULTS = lusd().options;

/** A numeric option with the library's default. */
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
      numeric('--reg-scale <share>', 'weight of the regulariser towards the source', DEFAULTS.regScale),
    )
    .addOption(numeric('--t-min <t>', 'lowest timestep drawn', DEFAULTS.tMin))
    .addOption(numeric('--t-max <t>', 'timesteps are drawn below this minus one', DEFAULTS.tMax))
    .addOption(numeric('--ds-high <std>', 'standard deviation of the first directions', DEFAULTS.dsHigh))
    .addOption(numeric('--ds-low <std>', 'standard deviation of the last directions', DEFAULTS.dsLow))
    .addOption(numeric('--speed <s>', 'steepness of the fall from high to low', DEFAULTS.speed))
    .addOption(
      numeric(
        '--threshold <std>',
        'standard deviation that a gradient must reach to be accepted',
        DEFAULTS.threshold,
      ),
    )
    .addOption(
      numeric(
        '--threshold-decay-rate <factor>',
        'factor on the threshold after a rejected draw',
        DEFAULTS.thresholdDecayRate,
      ),
    )
    .addOption(
      numeric(
        '--cross-attn-momentum <share>',
        'weight of the new mask in the moving average',
        DEFAULTS.crossAttnMomentum,
      ),
    )
    .option('--no-direction-scale', 'do not normalise the update directions')
    .addOption(
      new Option('--target-rule <rule>', "how the mask's words are found; parity: like the released program")
        .choices(['aligned', 'parity'] as const)
        .default('aligned' as const),
    )
    .option(
      '--tagger <folder>',
      "folder of NLTK's averaged_perceptron_tagger_eng, to use instead of the bundled tagger",
    );
}

/**
 * LUSD with the options of the flags.
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
