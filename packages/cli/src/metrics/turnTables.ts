import { extname } from 'node:path';
import {
  type EditCategory,
  parseCaptions,
  parseCategories,
  parseCategoryRows,
  type TurnTable,
} from '@lusd/lusd/metrics';
import { readCsv } from '../csv/readCsv.ts';
import { readJsonFile } from '../jsonFile.ts';

const COLUMNS = ['idx', 'category'] as const;

/** Captions by turn. @throws Error or MetricsError naming the file and what is wrong with it */
export async function readCaptions(path: string): Promise<TurnTable<string>> {
  return parseCaptions(await readJsonFile(path), path);
}

/**
 * Categories by turn, from JSON in the layout of the captions, or from a table like the released program's
 * `magicbrush_category.csv`.
 * @param warn called with a message about input that was accepted but should be corrected
 * @throws Error, MetricsError or CliError naming the file and what is wrong with it
 */
export async function readCategories(
  path: string,
  warn: (message: string) => void,
): Promise<TurnTable<EditCategory>> {
  if (extname(path).toLowerCase() !== '.csv') return parseCategories(await readJsonFile(path), path);
  const rows = await readCsv(path, COLUMNS, warn);
  return parseCategoryRows(
    rows.map(({ values }) => values),
    path,
    warn,
  );
}
