import { Option } from '@commander-js/extra-typings';
import { ALGORITHM_TEXTS, type LusdEditor, type LusdOptions, lusd, OptionError } from '@lusd/lusd';
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
function numeric<const Flags extends string>(
  { flags, text }: { readonly flags: Flags; readonly text: string },
  value: number,
) {
  return new Option(flags, text).argParser(parseNumber).default(value);
}

/** A command that edits pictures: every option of the algorithm, with the released program's defaults. */
export function algorithmCommand(name: string, description: string) {
  const texts = ALGORITHM_TEXTS;
  return modelCommand(name, description)
    .optionsGroup('Algorithm:')
    .addOption(numeric(texts.numSteps, DEFAULTS.numSteps))
    .addOption(numeric(texts.lr, DEFAULTS.lr))
    .addOption(numeric(texts.regScale, DEFAULTS.regScale))
    .addOption(numeric(texts.tMin, DEFAULTS.tMin))
    .addOption(numeric(texts.tMax, DEFAULTS.tMax))
    .addOption(numeric(texts.dsHigh, DEFAULTS.dsHigh))
    .addOption(numeric(texts.dsLow, DEFAULTS.dsLow))
    .addOption(numeric(texts.speed, DEFAULTS.speed))
    .addOption(numeric(texts.threshold, DEFAULTS.threshold))
    .addOption(numeric(texts.thresholdDecayRate, DEFAULTS.thresholdDecayRate))
    .addOption(numeric(texts.crossAttnMomentum, DEFAULTS.crossAttnMomentum))
    .option(texts.directionScale.flags, texts.directionScale.text)
    .addOption(
      new Option(texts.targetRule.flags, texts.targetRule.text)
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
