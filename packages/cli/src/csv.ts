import { readFile } from 'node:fs/promises';
import { reason } from '@lusd/sd-models/node';
import { CsvError, parse } from 'csv-parse/sync';
import { CliError } from './ui/errors.ts';

/** A row by the names of its columns. */
export type CsvRecord = Readonly<Record<string, string | undefined>>;

/**
 * Reads a table in UTF-8, with or without a byte order mark, whose first line names the columns.
 * @param columns those that there must be
 * @throws Error naming the file where it cannot be read; CliError where it is in another encoding, malformed or
 *   without its columns
 */
export async function readCsv(path: string, columns: readonly string[]): Promise<CsvRecord[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  return parseRecords(decodeUtf8(bytes, path), path, columns);
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

function parseRecords(text: string, path: string, columns: readonly string[]): CsvRecord[] {
  const requireColumns = (header: string[]) => {
    const missing = columns.filter((column) => !header.includes(column));
    if (missing.length === 0) return header;
    throw new CliError(
      `${path} lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}; its first line must name ${columns.join(', ')}, but is: ${header.join(', ')}`,
    );
  };
  try {
    return parse<CsvRecord>(text, { columns: requireColumns, bom: true, skip_empty_lines: true });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new CliError(`${path} is malformed: ${cause.message}; correct it`, { cause });
  }
}
