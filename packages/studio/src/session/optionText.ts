import type { MethodOption, OptionValue } from '@lusd/lusd';

/** Whether the option is a switch, which is on or off. */
export function isSwitch({ flags }: Pick<MethodOption, 'flags'>): boolean {
  return !flags.includes('<');
}

/** An option's value as it is written on the command line; null for a text that is none. */
export function optionOf(text: string, option: MethodOption): OptionValue | null {
  if (option.choices) return text;
  if (option.kind === 'words') return wordsOf(text);
  if (option.kind === 'factors') return factorsOf(text);
  if (isSwitch(option)) return text === 'true' ? true : text === 'false' ? false : null;
  return numberOf(text);
}

/** Words or phrases that are separated by commas. */
export function wordsOf(text: string): string[] {
  return text.split(',').flatMap((word) => word.trim() || []);
}

/** Words with factors, such as `cup=2, table=0.5`; null for anything else. */
export function factorsOf(text: string): Readonly<Record<string, number>> | null {
  const factors: Record<string, number> = {};
  for (const part of wordsOf(text)) {
    const [, word = '', factor = ''] = /^(.+)=([^=]+)$/.exec(part) ?? [];
    const value = numberOf(factor);
    if (value === null) return null;
    factors[word.trim()] = value;
  }
  return factors;
}

function numberOf(text: string): number | null {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : null;
}
