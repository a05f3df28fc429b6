import { METHOD_OPTIONS, METHODS, type MethodName, type MethodOption, type OptionValue } from '@lusd/lusd';
import type { StudioSettings } from '../../session/index.ts';
import { factorsOf, isSwitch, wordsOf } from '../../session/optionText.ts';
import type { OptionField } from './optionField.ts';

/** What an option of the settings' method is. */
function optionValue(name: string, { options }: StudioSettings): OptionValue | undefined {
  return options[name];
}

/** What becomes of the settings with another value of an option. */
function changed(name: string, value: OptionValue | undefined, { options }: StudioSettings) {
  return { options: { ...options, [name]: value } };
}

function switchField({ name, flags, text }: MethodOption): OptionField {
  const isNegated = flags.startsWith('--no-');
  return {
    flags,
    text,
    option: name,
    kind: 'flag',
    get: (settings) => (optionValue(name, settings) === true) !== isNegated,
    set: (value, settings) => changed(name, value !== isNegated, settings),
  };
}

function choiceField({ name, flags, text }: MethodOption, choices: readonly string[]): OptionField {
  return {
    flags,
    text,
    option: name,
    kind: 'choice',
    choices,
    get: (settings) => String(optionValue(name, settings)),
    set: (value, settings) => changed(name, value, settings),
  };
}

function wordsField({ name, flags, text }: MethodOption): OptionField {
  return {
    flags,
    text,
    option: name,
    kind: 'text',
    placeholder: 'none',
    get: (settings) => {
      const value = optionValue(name, settings);
      return Array.isArray(value) ? value.join(', ') : '';
    },
    set: (written, settings) => changed(name, wordsOf(written), settings),
  };
}

function factorsField({ name, flags, text }: MethodOption): OptionField {
  return {
    flags,
    text,
    option: name,
    kind: 'text',
    placeholder: 'cup=2',
    get: (settings) =>
      Object.entries(optionValue(name, settings) ?? {})
        .map(([word, factor]) => `${word}=${factor}`)
        .join(', '),
    set: (written, settings) => {
      const factors = factorsOf(written);
      return factors && changed(name, factors, settings);
    },
  };
}

function numberField({ name, flags, text, defaults }: MethodOption, method: MethodName): OptionField {
  return {
    flags,
    text,
    option: name,
    kind: 'number',
    isWhole: /<[nt]>/.test(flags),
    isOptional: defaults[method] === null,
    get: (settings) => {
      const value = optionValue(name, settings);
      return typeof value === 'number' ? value : null;
    },
    set: (value, settings) => changed(name, value ?? undefined, settings),
  };
}

/** An option as a method has it. */
function methodField(option: MethodOption, method: MethodName): OptionField {
  if (option.choices) return choiceField(option, option.choices);
  if (option.kind === 'words') return wordsField(option);
  if (option.kind === 'factors') return factorsField(option);
  return isSwitch(option) ? switchField(option) : numberField(option, method);
}

/** Options of methods that stand with others of their kind. */
const KINDS = {
  strength: [
    ...['numSteps', 'strength', 'skip', 'lr', 'optimizer', 'reduction', 'guidanceScale'],
    ...['regularise', 'regScale', 'normalise', 'dsHigh', 'dsLow', 'speed', 'directionScale'],
  ],
  draws: [
    ...['tMin', 'tMax', 'minStepRatio', 'maxStepRatio', 'inferenceSteps', 'sampleLatents'],
    ...['filter', 'threshold', 'thresholdDecayRate'],
  ],
  words: ['maskAttention', 'crossAttnMomentum'],
} as const;

const ELSEWHERE: readonly string[] = Object.values(KINDS).flat();

/** Those of a method's options that are of one kind, in the order of the kind; 'own' are all others. */
export function methodFields(method: MethodName, kind: keyof typeof KINDS | 'own'): OptionField[] {
  const options = METHOD_OPTIONS.filter(({ defaults }) => method in defaults);
  const named = (name: string) => options.filter((option) => option.name === name);
  const chosen =
    kind === 'own' ? options.filter(({ name }) => !ELSEWHERE.includes(name)) : KINDS[kind].flatMap(named);
  return chosen.map((option) => methodField(option, method));
}

/** The settings with every option of the method at its default. */
export function withDefaultOptions(settings: StudioSettings): StudioSettings {
  return { ...settings, options: METHODS[settings.method].defaults };
}
