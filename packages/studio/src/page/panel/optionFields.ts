import {
  ALGORITHM_TEXTS,
  type LusdOptions,
  METHOD_OPTIONS,
  type OptionText,
  PICTURE_TEXTS,
  PROMPT_TEXTS,
} from '@lusd/lusd';
import type { StudioSettings } from '../../session/index.ts';

/** How an option's value of one type is read from the settings, and what of them a new one changes. */
interface Access<Value> extends OptionText {
  readonly get: (settings: StudioSettings) => Value;
  /** Null for a value that cannot be used. */
  readonly set: (value: Value, settings: StudioSettings) => Partial<StudioSettings> | null;
}

/** An option as it is shown and changed. */
export type OptionField =
  | (Access<number> & { readonly kind: 'number'; readonly isWhole: boolean })
  | (Access<boolean> & { readonly kind: 'flag' })
  | (Access<string> & { readonly kind: 'choice'; readonly choices: readonly string[] })
  /** Written as on the command line. */
  | (Access<string> & { readonly kind: 'text'; readonly placeholder: string });

/** Options that belong together. */
export interface OptionGroup {
  readonly title: string;
  readonly fields: readonly OptionField[];
}

type NumericOption = Exclude<keyof LusdOptions, 'directionScale'>;
const WHOLE: readonly NumericOption[] = ['numSteps', 'tMin', 'tMax'];

/** An option of LUSD as the command line has it. */
function methodText(name: keyof LusdOptions): OptionText {
  const option = METHOD_OPTIONS.find((option) => option.name === name);
  if (!option) throw new Error(`the method has no option ${name}`);
  return { flags: option.flags, text: option.text };
}

function number(name: NumericOption): OptionField {
  return {
    ...methodText(name),
    kind: 'number',
    isWhole: WHOLE.includes(name),
    get: ({ options }) => options[name],
    set: (value, { options }) => ({ options: { ...options, [name]: value } }),
  };
}

type FlagName = 'keepBrackets' | 'longPrompts' | 'composite' | 'record';

function flag(name: FlagName, text: OptionText): OptionField {
  return { ...text, kind: 'flag', get: (settings) => settings[name], set: (value) => ({ [name]: value }) };
}

function choice<Name extends 'rng' | 'fit' | 'targetRule'>(
  name: Name,
  text: OptionText,
  choices: readonly StudioSettings[Name][],
): OptionField {
  return {
    ...text,
    kind: 'choice',
    choices,
    get: (settings) => settings[name],
    set: (value) => ({ [name]: value }),
  };
}

function whole(name: 'seed' | 'saveStep', text: OptionText): OptionField {
  return {
    ...text,
    kind: 'number',
    isWhole: true,
    get: (settings) => settings[name],
    set: (value) => ({ [name]: value }),
  };
}

const directionScale: OptionField = {
  ...methodText('directionScale'),
  kind: 'flag',
  get: ({ options }) => !options.directionScale,
  set: (value, { options }) => ({ options: { ...options, directionScale: !value } }),
};

const size: OptionField = {
  ...PICTURE_TEXTS.size,
  kind: 'text',
  placeholder: "the model's own",
  get: ({ size }) => (size === null ? '' : typeof size === 'object' ? size.join('x') : String(size)),
  set: (text) => {
    if (text === '') return { size: null };
    if (text === 'original') return { size: text };
    const [, width, height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
    if (width === undefined) return null;
    return { size: height === undefined ? Number(width) : [Number(width), Number(height)] };
  },
};

const targetIndex: OptionField = {
  ...PROMPT_TEXTS.targetIndex,
  kind: 'text',
  placeholder: 'the marked words',
  get: ({ targetIndex }) => (targetIndex === null ? '' : targetIndex.join(',') || 'none'),
  set: (text) => {
    if (text === '') return { targetIndex: null };
    if (text === 'none') return { targetIndex: [] };
    return /^\d+(,\d+)*$/.test(text) ? { targetIndex: text.split(',').map(Number) } : null;
  },
};

const editWords: OptionField = {
  ...PROMPT_TEXTS.editWords,
  kind: 'text',
  placeholder: 'the words that differ',
  get: ({ editWords }) => editWords?.join(', ') ?? '',
  set: (text) => {
    const words = text.split(',').flatMap((word) => word.trim() || []);
    return { editWords: words.length > 0 ? words : null, targetIndex: null };
  },
};

/** Every option of `lusd edit` that is not a picture, a prompt, a file or the weights: those have places of their own. */
export const OPTION_GROUPS: readonly OptionGroup[] = [
  {
    title: 'Strength and length',
    fields: [
      ...(['numSteps', 'lr', 'regScale', 'dsHigh', 'dsLow', 'speed'] as const).map(number),
      directionScale,
    ],
  },
  {
    title: 'Draws',
    fields: [
      whole('seed', ALGORITHM_TEXTS.seed),
      choice('rng', ALGORITHM_TEXTS.rng, ['cuda', 'cpu']),
      ...(['tMin', 'tMax', 'threshold', 'thresholdDecayRate'] as const).map(number),
    ],
  },
  {
    title: 'Words and mask',
    fields: [
      editWords,
      targetIndex,
      choice('targetRule', ALGORITHM_TEXTS.targetRule, ['aligned', 'parity']),
      number('crossAttnMomentum'),
      flag('keepBrackets', PROMPT_TEXTS.keepBrackets),
      flag('longPrompts', PROMPT_TEXTS.longPrompts),
      flag('composite', PICTURE_TEXTS.composite),
    ],
  },
  {
    title: 'Picture',
    fields: [
      size,
      choice('fit', PICTURE_TEXTS.fit, ['crop', 'pad']),
      whole('saveStep', { ...PICTURE_TEXTS.saveStep, text: 'iterations between previews' }),
      flag('record', {
        ...PICTURE_TEXTS.record,
        text: 'keep the trajectory, to download it as .safetensors',
      }),
    ],
  },
];

/** The option's name: `num-steps` of `--num-steps <n>`. */
export function nameOf({ flags }: OptionText): string {
  return flags.replace(/^--/, '').replace(/ .*$/, '');
}
