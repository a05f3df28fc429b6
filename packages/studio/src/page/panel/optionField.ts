import type { OptionText } from '@lusd/lusd';
import type { StudioSettings } from '../../session/index.ts';

/** How an option's value of one type is read from the settings, and what of them a new one changes. */
interface Access<Value> extends OptionText {
  /** Its name among the options of a method, where it is one of them. */
  readonly option?: string;
  readonly get: (settings: StudioSettings) => Value;
  /** Null for a value that cannot be used. */
  readonly set: (value: Value, settings: StudioSettings) => Partial<StudioSettings> | null;
}

/** An option as it is shown and changed. */
export type OptionField =
  /** Null for none, which an optional one may have. */
  | (Access<number | null> & {
      readonly kind: 'number';
      readonly isWhole: boolean;
      readonly isOptional: boolean;
    })
  | (Access<boolean> & { readonly kind: 'flag' })
  | (Access<string> & { readonly kind: 'choice'; readonly choices: readonly string[] })
  /** Written as on the command line. */
  | (Access<string> & { readonly kind: 'text'; readonly placeholder: string });

/** The option's name: `num-steps` of `--num-steps <n>`. */
export function nameOf({ flags }: OptionText): string {
  return flags.replace(/^--/, '').replace(/ .*$/, '');
}
