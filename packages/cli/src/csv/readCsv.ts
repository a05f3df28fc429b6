import { readFile } from 'node:fs/promises';
import { reason } from '@lusd/sd-models/node';
import { CliError } from '../ui/errors.ts';
import { listed } from '../ui/listed.ts';
import { decodeText } from './decodeText.ts';
import { type CsvLine, splitCsv } from './splitCsv.ts';

/** A row of a table that is not blank. */
export interface CsvRow<Column extends string> {
  /** From 0, as pandas counts: blank lines do not count, rows of empty fields do. */
  readonly row: number;
  /** Empty if the row is too short. */
  readonly values: Readonly<Record<Column, string>>;
}

/** What may separate fields, the usual one first, and its name. */
const SEPARATORS = new Map([
  [',', 'commas'],
  [';', 'semicolons'],
  ['\t', 'tabs'],
]);

/** Excel's own first line, which names the separator. */
const SEPARATOR_LINE = /^"?sep=(.)"?(?:\r\n|\n|\r)/i;

const LONGEST_EXCERPT = 160;

/**
 * Reads a table whose first line names the columns, like `pandas.read_csv` without type inference: every field is
 * text, and no column becomes an index. Rows whose fields are all blank are left out.
 * @param columns required columns; others are ignored
 * @param warn called with a message about input that was accepted but should be corrected
 * @param optional columns that may be there; their fields are empty where they are not
 * @throws Error naming the file if it cannot be read; CliError if it is not a table, is malformed or lacks a
 *   column
 */
export async function readCsv<Column extends string, Optional extends string = never>(
  path: string,
  columns: readonly Column[],
  warn: (message: string) => void,
  optional: readonly Optional[] = [],
): Promise<CsvRow<Column | Optional>[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  const text = decodeText(bytes, path).replace(SEPARATOR_LINE, '\n');
  const separator = findSeparator(text, path, columns);
  if (separator !== ',')
    warn(`${path} is separated by ${SEPARATORS.get(separator)}; use ${SEPARATORS.get(',')}`);
  const [header, ...lines] = splitCsv(text, separator, path);
  const names = columnNames(header);
  const wanted = [...columns, ...optional];
  for (const column of wanted)
    if (names.indexOf(column) !== names.lastIndexOf(column))
      warn(`${path} has the column ${column} twice; the first is used`);
  requireWidth(lines, names.length, path);
  return lines.flatMap(({ fields }, row) => {
    if (fields.every(isBlank)) return [];
    const values = wanted.map((column) => [column, fields[names.indexOf(column)] ?? '']);
    return [{ row, values: Object.fromEntries(values) as Record<Column | Optional, string> }];
  });
}

/** The separator that gives the first line the columns. @throws CliError if none does */
function findSeparator(text: string, path: string, columns: readonly string[]): string {
  const [first] = splitCsv(text, ',', path);
  if (!first) throw new CliError(`${path} is empty; its first line must name ${columns.join(', ')}`);
  const missing = missingColumns(first, columns);
  if (missing.length === 0) return ',';
  for (const separator of SEPARATORS.keys()) {
    const [other] = splitCsv(text, separator, path);
    if (missingColumns(other, columns).length === 0) return separator;
  }
  throw new CliError(
    `${path} lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}; its first line must name ${columns.join(', ')}, but is: ${excerpt(first.fields.join(', '))}`,
  );
}

function missingColumns(header: CsvLine | undefined, columns: readonly string[]): string[] {
  const names = columnNames(header);
  return columns.filter((column) => !names.includes(column));
}

function columnNames(header: CsvLine | undefined): string[] {
  return (header?.fields ?? []).map((name) => name.trim());
}

/** @throws CliError if a line has more fields than there are columns: its fields may belong to other columns */
function requireWidth(lines: readonly CsvLine[], width: number, path: string): void {
  const wide = lines.filter(({ fields }) => !fields.slice(width).every(isBlank));
  if (wide.length === 0) return;
  const numbers = listed(wide.map(({ line }) => `${line}`));
  const where = wide.length > 1 ? `lines ${numbers} have` : `line ${numbers} has`;
  throw new CliError(
    `${path} is malformed: ${where} more fields than the ${width} columns; put a prompt that holds a separator in quotes`,
  );
}

/** A text's beginning, on one line. */
function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}...` : line;
}

function isBlank(field: string): boolean {
  return field.trim() === '';
}
