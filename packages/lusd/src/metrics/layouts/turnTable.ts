import * as v from 'valibot';
import { MetricsError } from '../../errors.ts';

/** The kind of edit that MagicBrush's instruction asks for. */
export type EditCategory = 'add' | 'change' | 'remove';

/** A file's values by turn, keyed by the name of the turn's ground truth as in `turnFiles`. */
export interface TurnTable<T> {
  /** The file, for messages. */
  readonly path: string;
  readonly values: ReadonlyMap<string, T>;
}

const CATEGORIES = ['add', 'change', 'remove'] as const satisfies readonly EditCategory[];

/**
 * Captions as MagicBrush's `local_descriptions.json` and `global_descriptions.json` have them:
 * `{"12": {"12-output1.png": "a cat on a seat"}}`. Captions of inputs may be there and are not used.
 *
 * @param json the parsed file
 * @param path where it came from, for messages
 * @throws MetricsError naming the file and the place that does not match
 */
export function parseCaptions(json: unknown, path: string): TurnTable<string> {
  return parseTable(v.string('must be a text'), json, path);
}

/**
 * Categories in the layout of {@link parseCaptions}: `{"12": {"12-output1.png": "add"}}`.
 *
 * @throws MetricsError as {@link parseCaptions}, also for another word than add, change and remove
 */
export function parseCategories(json: unknown, path: string): TurnTable<EditCategory> {
  return parseTable(v.picklist(CATEGORIES, `must be ${CATEGORIES.join(', ')}`), json, path);
}

/** Whether a word is one of the three categories. */
export function isEditCategory(word: string): word is EditCategory {
  return CATEGORIES.some((category) => category === word);
}

function parseTable<T>(value: v.GenericSchema<unknown, T>, json: unknown, path: string): TurnTable<T> {
  const session = recordOf(value, 'must be an object of turns');
  const result = v.safeParse(recordOf(session, 'it must be an object of sessions'), json);
  if (!result.success) {
    const [issue] = result.issues;
    const place = issue.path?.map(({ key }) => String(key)).join(' / ');
    throw new MetricsError(`${path}: ${place ? `'${place}' ` : ''}${issue.message}; correct it`);
  }
  const sessions = Object.values(result.output);
  return { path, values: new Map(sessions.flatMap((turns) => Object.entries(turns))) };
}

/** An object of values, not an array, which valibot would let pass. */
function recordOf<T>(value: v.GenericSchema<unknown, T>, message: string) {
  const isNoArray = v.check((input: unknown) => !Array.isArray(input), message);
  return v.pipe(v.unknown(), isNoArray, v.record(v.string(), value, message));
}
