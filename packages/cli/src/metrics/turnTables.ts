import { extname } from 'node:path';
import {
  type EditCategory,
  isEditCategory,
  parseCaptions,
  parseCategories,
  type TurnTable,
} from '@lusd/lusd/metrics';
import { readCsv } from '../csv/readCsv.ts';
import { readJsonFile } from '../jsonFile.ts';
import { CliError } from '../ui/errors.ts';

const COLUMNS = ['idx', 'category'] as const;

/** Captions by turn. @throws Error or MetricsError naming the file and what is wrong with it */
export async function readCaptions(path: string): Promise<TurnTable<string>> {
  return parseCaptions(await readJsonFile(path), path);
}

/**
 * Categories by turn, from JSON in the layout of the captions, or from a table like the released program's
 * `magicbrush_category.csv`: its `idx` names the turn's input, `12-input` or `12-output1`. An idx that is there twice,
 * as one is in the released file, is taken as the session's next turn, with a warning.
 * @param warn called with a message about input that was accepted but should be corrected
 * @throws Error, MetricsError or CliError naming the file and what is wrong with it
 */
export async function readCategories(
  path: string,
  warn: (message: string) => void,
): Promise<TurnTable<EditCategory>> {
  if (extname(path).toLowerCase() !== '.csv') return parseCategories(await readJsonFile(path), path);
  const rows = (await readCsv(path, COLUMNS, warn)).map(({ values }) =>
    parseRow(values.idx.trim(), values.category.trim(), path),
  );
  const values = new Map<string, EditCategory>();
  const repeated = rows.filter((row) => {
    const isNew = !values.has(truthOf(row));
    if (isNew) values.set(truthOf(row), row.category);
    return !isNew;
  });
  for (const row of repeated) addRepeated(row, values, path, warn);
  return { path, values };
}

interface CategoryRow {
  readonly idx: string;
  readonly id: string;
  readonly turn: number;
  readonly category: EditCategory;
}

/** The name of a turn's ground truth. */
function truthOf({ id, turn }: Pick<CategoryRow, 'id' | 'turn'>): string {
  return `${id}-output${turn}.png`;
}

function parseRow(idx: string, category: string, path: string): CategoryRow {
  const [, id, input] = /^(.+)-(input|output\d+)$/.exec(idx) ?? [];
  if (id === undefined || input === undefined) {
    throw new CliError(`${path}: '${idx}' is not a turn; idx must be of the form 12-input or 12-output1`);
  }
  if (!isEditCategory(category)) {
    throw new CliError(`${path}: the category of ${idx} is '${category}'; it must be add, change or remove`);
  }
  return { idx, id, turn: input === 'input' ? 1 : Number(input.slice('output'.length)) + 1, category };
}

/** @throws CliError if the next turn has a category of its own */
function addRepeated(
  { idx, id, turn, category }: CategoryRow,
  values: Map<string, EditCategory>,
  path: string,
  warn: (message: string) => void,
): void {
  const next = { id, turn: turn + 1 };
  if (values.has(truthOf(next)))
    throw new CliError(`${path} has ${idx} twice, and ${id}-output${turn}, too; leave one row a turn`);
  values.set(truthOf(next), category);
  warn(`${path} has ${idx} twice; the second row is taken for ${id}-output${turn}, turn ${turn + 1}`);
}
