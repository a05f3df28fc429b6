import { join, resolve } from 'node:path';
import { readCsv } from '../csv.ts';
import { exists } from '../files.ts';
import { CliError } from '../ui/errors.ts';

/** A row of index.csv. */
export interface IndexRow {
  /** From 0, in the order of the file. */
  readonly row: number;
  readonly imgPath: string;
  readonly sourcePrompt: string;
  readonly targetPrompt: string;
}

const COLUMNS = ['img_path', 'source_prompt', 'target_prompt'] as const;

/**
 * Reads the `index.csv` of an input folder: UTF-8, with or without a byte order mark.
 * @throws Error naming the file where it cannot be read; CliError where it is missing, in another encoding, malformed, without its columns or without rows
 */
export async function readIndex(inputDir: string): Promise<IndexRow[]> {
  const path = join(inputDir, 'index.csv');
  if (!(await exists(path)))
    throw new CliError(
      `there is no ${path}; the input folder needs an index.csv with the columns ${COLUMNS.join(', ')}`,
    );
  const records = await readCsv(path, COLUMNS);
  if (records.length === 0)
    throw new CliError(
      `${path} has no rows; add the edits to make below a first line of ${COLUMNS.join(', ')}`,
    );
  return records.map((record, row) => ({
    row,
    imgPath: record.img_path ?? '',
    sourcePrompt: record.source_prompt ?? '',
    targetPrompt: record.target_prompt ?? '',
  }));
}

/**
 * Where a row's picture is: `img_path` from the input folder or from its `images`.
 * @throws CliError where it is in neither
 */
export async function findImage(inputDir: string, { row, imgPath }: IndexRow): Promise<string> {
  if (imgPath === '') throw new CliError(`row ${row} of index.csv names no image; fill in its img_path`);
  for (const folder of [inputDir, join(inputDir, 'images')]) {
    const path = resolve(folder, imgPath);
    if (await exists(path)) return path;
  }
  throw new CliError(
    `there is no image ${imgPath} in ${inputDir} or ${join(inputDir, 'images')}; correct row ${row} of index.csv or add the file`,
  );
}
