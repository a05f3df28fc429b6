import { join } from 'node:path';
import { readCsv } from '../csv/readCsv.ts';
import { exists } from '../files.ts';
import { CliError } from '../ui/errors.ts';
import { listed } from '../ui/listed.ts';

/** An edit that a list asks for: a row of index.csv, or an entry of PIE-Bench. */
export interface IndexRow {
  /** From 0, in the order of the file; blank rows count, blank lines do not. */
  readonly row: number;
  /** Where it stands, for messages: `row 3 of index.csv`. */
  readonly place: string;
  /** Name of its only result, without an ending; default: made of row and seed. */
  readonly resultName?: string;
  readonly imgPath: string;
  readonly sourcePrompt: string;
  readonly targetPrompt: string;
}

const COLUMNS = ['img_path', 'source_prompt', 'target_prompt'] as const;

/**
 * Reads the `index.csv` of an input folder.
 * @param warn called with a message about input that was accepted but should be corrected
 * @throws Error naming the file if it cannot be read; CliError if it is missing, not a table, malformed,
 *   without its columns or without rows
 */
export async function readIndex(inputDir: string, warn: (message: string) => void): Promise<IndexRow[]> {
  const path = join(inputDir, 'index.csv');
  if (!(await exists(path)))
    throw new CliError(
      `there is no ${path}; the input folder needs an index.csv with the columns ${COLUMNS.join(', ')}`,
    );
  const rows = (await readCsv(path, COLUMNS, warn)).map(({ row, values }) => ({
    row,
    place: `row ${row} of index.csv`,
    imgPath: values.img_path,
    sourcePrompt: values.source_prompt,
    targetPrompt: values.target_prompt,
  }));
  if (rows.length === 0)
    throw new CliError(`${path} has no rows; add one row per edit below the header ${COLUMNS.join(', ')}`);
  const untold = rows.filter(({ targetPrompt }) => targetPrompt.trim() === '').map(({ row }) => `${row}`);
  if (untold.length > 0)
    warn(`${path} has no target_prompt in row ${listed(untold)}; an empty target is used`);
  return rows;
}
