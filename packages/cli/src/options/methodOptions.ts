import { type Command, Option } from '@commander-js/extra-typings';
import { METHOD_NAMES, METHOD_OPTIONS, METHODS, type MethodName, type MethodOption } from '@lusd/lusd';
import { collectFactors, collectWords, parseNumber } from './parsers.ts';

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
    const { flags } = option;
    // With the positive flag too, commander gives the negative one no value of its own.
    if (flags.startsWith('--no-')) command.addOption(new Option(flags.replace('--no-', '--')).hideHelp());
    command.addOption(optionOf(option));
  }
}

function optionOf(option: MethodOption): Option {
  const made = new Option(option.flags, `${option.text} (${scopeOf(option)})`);
  if (option.choices) return made.choices(option.choices);
  if (option.kind === 'words') return made.argParser<string[]>(collectWords);
  if (option.kind === 'factors') return made.argParser<Record<string, number>>(collectFactors);
  return option.flags.includes('<') ? made.argParser(parseNumber) : made;
}

/** The methods that have the option, by their defaults: `default: lusd 1; sds, dds 0.1`. */
function scopeOf({ flags, defaults }: MethodOption): string {
  const methods = Object.keys(defaults) as MethodName[];
  const names = methods.length === METHOD_NAMES.length ? '' : methods.join(', ');
  if (!flags.includes('<')) return `of ${names}`;
  const values = [...new Set(Object.values(defaults))];
  const ofValue = (value: unknown) => methods.filter((method) => defaults[method] === value).join(', ');
  if (values.length > 1)
    return `default: ${values.map((value) => `${ofValue(value)} ${shown(value)}`).join('; ')}`;
  return [...(names === '' ? [] : [`of ${names}`]), `default: ${shown(values[0])}`].join('; ');
}

/** A default as people read it. */
function shown(value: MethodOption['defaults'][MethodName]): string {
  return typeof value === 'object' || value === undefined ? 'none' : String(value);
}

/** The methods that have an option, for messages. */
export function methodsWith({ defaults }: MethodOption): string {
  return Object.keys(defaults).join(', ');
}
