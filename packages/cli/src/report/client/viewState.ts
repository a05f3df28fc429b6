export const MODES = ['slider', 'side', 'fade', 'difference'] as const;
/** How a picture is compared with its source. */
export type Mode = (typeof MODES)[number];
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const STATUSES = ['all', 'done', 'failed', 'exhausted'] as const;
export type Status = (typeof STATUSES)[number];

/** What a page shows, and how: all of it is in the address, so that a link opens the same view. */
export interface ViewState {
  /** Words that an edit must have in its name, prompts or error. */
  readonly text: string;
  /** Empty for all. */
  readonly category: string;
  readonly status: Status;
  /** The column whose numbers are bounded; empty for none. */
  readonly score: string;
  readonly min: number | null;
  readonly max: number | null;
  /** A column's key, with `-` before it from high to low; empty for the order of the names. */
  readonly sort: string;
  /** Columns that the table leaves out. */
  readonly hidden: readonly string[];
  readonly mode: Mode;
  /** Opacity of the mask, in percent. */
  readonly mask: number;
  readonly theme: Theme;
  /** The edit that is shown large; empty for none. */
  readonly edit: string;
}

export const INITIAL: ViewState = {
  text: '',
  category: '',
  status: 'all',
  score: '',
  min: null,
  max: null,
  sort: '',
  hidden: [],
  mode: 'slider',
  mask: 0,
  theme: 'auto',
  edit: '',
};

/** The state as the part of an address behind `#`, without what is as it is at first. */
export function formatState(state: ViewState): string {
  const changed = Object.entries(state).filter(
    ([name, value]) => String(value) !== String(INITIAL[name as keyof ViewState]),
  );
  return new URLSearchParams(
    changed.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

/** The state of an address. What it cannot mean is left as it is at first. */
export function parseState(hash: string): ViewState {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const text = (name: keyof ViewState) => fields.get(name) ?? '';
  return {
    text: text('text'),
    category: text('category'),
    status: oneOf(STATUSES, text('status')),
    score: text('score'),
    min: numberOrNull(text('min')),
    max: numberOrNull(text('max')),
    sort: text('sort'),
    hidden: text('hidden').split(',').filter(Boolean),
    mode: oneOf(MODES, text('mode')),
    mask: Math.min(100, Math.max(0, numberOrNull(text('mask')) ?? INITIAL.mask)),
    theme: oneOf(THEMES, text('theme')),
    edit: text('edit'),
  };
}

export function numberOrNull(text: string): number | null {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? null : value;
}

/** The first choice, where the text is none of them. */
function oneOf<const Choice extends string>(choices: readonly [Choice, ...Choice[]], text: string): Choice {
  return choices.find((choice) => choice === text) ?? choices[0];
}
