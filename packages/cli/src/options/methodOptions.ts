import { type Command, Option } from '@commander-js/extra-typings';
import {
  METHOD_NAMES,
  METHOD_OPTIONS,
  METHODS,
  type MethodName,
  type MethodOption,
  type OptionValue,
} from '@lusd/lusd';
import { parseNumber } from './parsers.ts';

/** `--method`, of commands that edit pictures. */
export function methodOption() {
  const texts = METHOD_NAMES.map((name) => `${name}: ${METHODS[name].text}`);
  return new Option('--method <name>', `how pictures are edited; ${texts.join('; ')}`)
    .choices(METHOD_NAMES)
    .default('lusd' as const);
}

/** Adds the options of all methods; those that are not given have no value. */
export function addMethodOptions(command: Command): void {
  for (const option of METHOD_OPTIONS) {
    const both = isFlag(option) ? [new Option(oppositeOf(option.flags)).hideHelp()] : [];
    // With the positive flag before it, commander gives the negative one no value of its own.
    const options = [optionOf(option), ...both].sort((a, b) => Number(a.negate) - Number(b.negate));
    for (const made of options) command.addOption(made);
  }
}

function isFlag({ flags }: MethodOption): boolean {
  return !flags.includes('<');
}

function oppositeOf(flags: string): string {
  return flags.startsWith('--no-') ? flags.replace('--no-', '--') : flags.replace('--', '--no-');
}

function optionOf(option: MethodOption): Option {
  const made = new Option(option.flags, `${option.text} (${scopeOf(option)})`);
  if (option.choices) return made.choices(option.choices);
  return isFlag(option) ? made : made.argParser(parseNumber);
}

/** The methods that have the option, by their defaults: `default: lusd 1; sds, dds 0.1`. */
function scopeOf(option: MethodOption): string {
  const { defaults } = option;
  const methods = Object.keys(defaults) as MethodName[];
  const names = methods.length === METHOD_NAMES.length ? '' : methods.join(', ');
  const values = [...new Set(Object.values(defaults))];
  if (isFlag(option) && values.length === 1) return `of ${names}`;
  const ofValue = (value: unknown) => methods.filter((method) => defaults[method] === value).join(', ');
  if (values.length > 1) {
    const each = values.map((value) => `${ofValue(value)} ${wordOf(value)}`).join('; ');
    return `default: ${each}${isFlag(option) ? `; ${oppositeOf(option.flags)} turns it off` : ''}`;
  }
  return [...(names === '' ? [] : [`of ${names}`]), `default: ${wordOf(values[0])}`].join('; ');
}

function wordOf(value: OptionValue | null | undefined): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value ?? 'none');
}

/** The methods that have an option, for messages. */
export function methodsWith({ defaults }: MethodOption): string {
  return Object.keys(defaults).join(', ');
}
