import { METHOD_NAMES, type Rng } from '@lusd/lusd';
import * as v from 'valibot';
import { type ChosenMethod, editorOf } from './method.ts';

/** Everything that decides an edit but the picture, its mask and the weights, as JSON. Names are the command line's. */
export interface StudioSettings extends ChosenMethod {
  /** What the picture shows; may be empty. */
  readonly source: string;
  /** What it should show; for InstructPix2Pix, what should be done with it. */
  readonly target: string;
  /** What it should not show, for methods that look at it; null: the method's default. */
  readonly negative: string | null;
  /** Token positions for the mask, an empty list for none; null: the words of `editWords`, or those that differ. */
  readonly targetIndex: readonly number[] | null;
  /** Words of the target for the mask; null: the words that differ, by `targetRule`. */
  readonly editWords: readonly string[] | null;
  readonly targetRule: 'aligned' | 'parity';
  readonly keepBrackets: boolean;
  readonly longPrompts: boolean;
  readonly seed: number;
  readonly rng: Rng;
  /** Side of a square, [width, height], or 'original'; null: the size that the model was trained at. */
  readonly size: number | readonly [width: number, height: number] | 'original' | null;
  readonly fit: 'crop' | 'pad';
  readonly composite: boolean;
  /** Whether the trajectory is kept, to be downloaded. */
  readonly record: boolean;
  /** Iterations between previews. */
  readonly saveStep: number;
}

const number = v.number('must be a number');
const count = v.pipe(number, v.safeInteger('must be an integer'), v.minValue(0, 'must be at least 0'));
const positive = v.pipe(count, v.minValue(1, 'must be at least 1'));
const flag = v.boolean('must be true or false');
const text = v.pipe(v.string('must be text'), v.maxLength(10_000, 'must be at most 10000 characters'));
const optionValue = v.union(
  [number, flag, text, v.array(text), v.record(text, number)],
  'must be a number, true or false, a text, words, or words with numbers',
);

/** The values are checked again, and more closely, by the method and `edit`. */
const schema = v.strictObject({
  source: v.optional(text, ''),
  target: v.optional(text, ''),
  negative: v.optional(v.nullable(text), null),
  targetIndex: v.optional(v.nullable(v.array(count)), null),
  editWords: v.optional(v.nullable(v.array(text)), null),
  targetRule: v.optional(v.picklist(['aligned', 'parity'], "must be 'aligned' or 'parity'"), 'aligned'),
  keepBrackets: v.optional(flag, false),
  longPrompts: v.optional(flag, false),
  method: v.optional(v.picklist(METHOD_NAMES, `must be one of ${METHOD_NAMES.join(', ')}`), 'lusd'),
  options: v.optional(v.record(v.string(), optionValue), {}),
  seed: v.optional(count, 0),
  rng: v.optional(v.picklist(['cuda', 'cpu'], "must be 'cuda' or 'cpu'"), 'cuda'),
  size: v.optional(
    v.nullable(v.union([positive, v.literal('original'), v.tuple([positive, positive])])),
    null,
  ),
  fit: v.optional(v.picklist(['crop', 'pad'], "must be 'crop' or 'pad'"), 'crop'),
  composite: v.optional(flag, false),
  record: v.optional(flag, false),
  // Every 30 on the command line, which writes them to a disk; here people watch.
  saveStep: v.optional(positive, 5),
});

/** The settings of nothing yet: no prompts, LUSD, and the command line's defaults. */
export const DEFAULT_SETTINGS: StudioSettings = parseSettings({});

/** Settings that cannot be used. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * Settings from JSON, with defaults for what it does not have: LUSD where it names no method.
 *
 * @throws SettingsError naming the first setting that is unknown or of the wrong type; OptionError for an option of
 *   the method that is out of range
 */
export function parseSettings(input: unknown): StudioSettings {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const path = issue.path?.map(({ key }) => String(key)).join('.') ?? 'the settings';
    const isUnknown = issue.expected === 'never';
    throw new SettingsError(`${path} ${isUnknown ? 'is not a setting of an edit' : issue.message}`);
  }
  const { options } = editorOf(result.output);
  return { ...result.output, options: { ...options } };
}

/**
 * Settings that another version of the studio may have stored: its method, and options, if this one knows them, else
 * LUSD's defaults, with all else that can be used.
 */
export function readSettings(stored: object): StudioSettings {
  const known = Object.fromEntries(Object.entries(stored).filter(([name]) => name in schema.entries));
  const { method: _method, options: _options, ...others } = known;
  const usable = Object.fromEntries(
    Object.entries(others).filter(([name, value]) => isUsable({ [name]: value })),
  );
  for (const settings of [known, { ...known, options: {} }, others])
    if (isUsable(settings)) return parseSettings(settings);
  return parseSettings(usable);
}

function isUsable(settings: object): boolean {
  try {
    parseSettings(settings);
    return true;
  } catch {
    return false;
  }
}
