import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { exists, reason } from '../files.ts';
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
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  const records = parseRecords(decodeUtf8(bytes, path), path);
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

function decodeUtf8(bytes: Buffer, path: string): string {
  const [first, second] = bytes;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Without a mark it still shows in the zero halves of Latin letters, which no text in UTF-8 holds.
  if (hasMark || bytes.includes(0)) throw new CliError(`${path} is in UTF-16; save it as UTF-8`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CliError(
      `${path} is not in UTF-8: line ${firstBadLine(bytes)} holds other bytes, perhaps of Latin-1 or Windows-1252; save it as UTF-8`,
      { cause },
    );
  }
}

function firstBadLine(bytes: Buffer): number {
  const decoder = new TextDecoder();
  const lines = bytes.toString('latin1').split('\n');
  const isBad = (line: string) => decoder.decode(Buffer.from(line, 'latin1')).includes('\ufffd');
  return lines.findIndex(isBad) + 1;
}

type CsvRecord = Readonly<Record<string, string | undefined>>;

function parseRecords(text: string, path: string): CsvRecord[] {
  const requireColumns = (header: string[]) => {
    const missing = COLUMNS.filter((column) => !header.includes(column));
    if (missing.length === 0) return header;
    throw new CliError(
      `${path} lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}; its first line must name ${COLUMNS.join(', ')}, but is: ${header.join(', ')}`,
    );
  };
  try {
    return parse<CsvRecord>(text, { columns: requireColumns, bom: true, skip_empty_lines: true });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new CliError(`${path} is malformed: ${cause.message}; correct it`, { cause });
  }
}
