import { ALGORITHM_TEXTS, METHODS, type OptionText, PICTURE_TEXTS, PROMPT_TEXTS } from '@lusd/lusd';
import { type StudioSettings, usesWords } from '../../session/index.ts';
import { wordsOf } from '../../session/optionText.ts';
import { methodFields } from './methodFields.ts';
import type { OptionField } from './optionField.ts';

/** Options that belong together. */
export interface OptionGroup {
  readonly title: string;
  readonly fields: readonly OptionField[];
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
    isOptional: false,
    get: (settings) => settings[name],
    set: (value) => ({ [name]: value }),
  };
}

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
    const words = wordsOf(text);
    return { editWords: words.length > 0 ? words : null, targetIndex: null };
  },
};

const draws = [whole('seed', ALGORITHM_TEXTS.seed), choice('rng', ALGORITHM_TEXTS.rng, ['cuda', 'cpu'])];

/** Which words the mask looks at, of methods that have one. */
const maskWords = [
  editWords,
  targetIndex,
  choice('targetRule', ALGORITHM_TEXTS.targetRule, ['aligned', 'parity']),
];

const prompts = [
  flag('keepBrackets', PROMPT_TEXTS.keepBrackets),
  flag('longPrompts', PROMPT_TEXTS.longPrompts),
  flag('composite', PICTURE_TEXTS.composite),
];

const picture = [
  size,
  choice('fit', PICTURE_TEXTS.fit, ['crop', 'pad']),
  whole('saveStep', { ...PICTURE_TEXTS.saveStep, text: 'iterations between previews' }),
  flag('record', { ...PICTURE_TEXTS.record, text: 'keep the trajectory, to download it as .safetensors' }),
];

/**
 * Every option of `lusd edit` that counts for the method, but for pictures, prompts, files and weights: those have
 * places of their own.
 */
export function optionGroups(settings: StudioSettings): readonly OptionGroup[] {
  const { method } = settings;
  const groups = [
    { title: 'Strength and length', fields: methodFields(method, 'strength') },
    { title: METHODS[method].title, fields: methodFields(method, 'own') },
    { title: 'Draws', fields: [...draws, ...methodFields(method, 'draws')] },
    {
      title: 'Words and mask',
      fields: [...methodFields(method, 'words'), ...(usesWords(settings) ? maskWords : []), ...prompts],
    },
    { title: 'Picture', fields: picture },
  ];
  return groups.filter(({ fields }) => fields.length > 0);
}
