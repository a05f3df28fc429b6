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

/** A row of the released program's `magicbrush_category.csv`. */
export interface CategoryRow {
  /** The turn's input: `12-input` or `12-output1`. */
  readonly idx: string;
  readonly category: string;
}

/**
 * Categories by turn, from the rows of a table like the released program's. An idx that is there twice, as one is in
 * the released file, is taken for the session's next turn: the released program counts that turn twice instead, and
 * leaves the next one out.
 *
 * @param path where they came from, for messages
 * @param warn called with a message about input that was accepted but should be corrected
 * @throws MetricsError naming the row that cannot be used
 */
export function parseCategoryRows(
  rows: readonly CategoryRow[],
  path: string,
  warn: (message: string) => void,
): TurnTable<EditCategory> {
  const values = new Map<string, EditCategory>();
  const repeated = rows
    .map((row) => parseRow(row, path))
    .filter((row) => {
      const isNew = !values.has(truthOf(row));
      if (isNew) values.set(truthOf(row), row.category);
      return !isNew;
    });
  for (const row of repeated) addRepeated(row, values, path, warn);
  return { path, values };
}

interface CategorisedTurn {
  readonly idx: string;
  readonly id: string;
  readonly turn: number;
  readonly category: EditCategory;
}

/** The name of a turn's ground truth. */
function truthOf({ id, turn }: Pick<CategorisedTurn, 'id' | 'turn'>): string {
  return `${id}-output${turn}.png`;
}

function parseRow(row: CategoryRow, path: string): CategorisedTurn {
  const [idx, word] = [row.idx.trim(), row.category.trim()];
  const [, id, input] = /^(.+)-(input|output\d+)$/.exec(idx) ?? [];
  if (id === undefined || input === undefined)
    throw new MetricsError(`${path}: '${idx}' is not a turn; idx must be of the form 12-input or 12-output1`);
  const category = CATEGORIES.find((known) => known === word);
  if (category === undefined)
    throw new MetricsError(
      `${path}: the category of ${idx} is '${word}'; it must be ${CATEGORIES.join(', ')}`,
    );
  return { idx, id, turn: input === 'input' ? 1 : Number(input.slice('output'.length)) + 1, category };
}

/** @throws MetricsError if the next turn has a category of its own */
function addRepeated(
  { idx, id, turn, category }: CategorisedTurn,
  values: Map<string, EditCategory>,
  path: string,
  warn: (message: string) => void,
): void {
  const next = { id, turn: turn + 1 };
  if (values.has(truthOf(next)))
    throw new MetricsError(`${path} has ${idx} twice, and ${id}-output${turn}, too; leave one row a turn`);
  values.set(truthOf(next), category);
  warn(`${path} has ${idx} twice; the second row is taken for ${id}-output${turn}, turn ${turn + 1}`);
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
