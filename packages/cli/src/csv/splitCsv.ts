import { CliError } from '../ui/errors.ts';

/** One record of a table. */
export interface CsvLine {
  /** The line of the file that it begins in, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Splits a table into records and fields, one after another, as `pandas.read_csv` does. A quotation mark has a meaning
 * only at the beginning of a field: there it opens a quoted one, in which a doubled mark is one mark; text after the
 * closing mark belongs to the field, and everywhere else marks are text. Lines end with LF, CRLF or CR. Lines that are
 * empty or blank are skipped.
 *
 * Source: `tokenize_bytes` in pandas' `_libs/src/parser/tokenizer.c`.
 * @param separator one character
 * @param path for messages
 * @throws CliError if a quoted field does not end
 */
export function* splitCsv(text: string, separator: string, path: string): Generator<CsvLine, void> {
  const blanks = separator === '\t' ? ' ' : ' \t';
  const blankLine = new RegExp(`[${blanks}]*(?:${LINE_END}|$)`, 'y');
  const reader = new FieldReader(text, separator, path);
  while (!reader.isAtEnd) {
    if (reader.skip(blankLine)) continue;
    yield { line: reader.line, fields: reader.readRecord() };
  }
}

const LINE_END = '\\r\\n|\\n|\\r';

class FieldReader {
  /** Line of the next character, from 1. */
  line = 1;
  private position = 0;
  private readonly text: string;
  private readonly path: string;
  private readonly unquoted: RegExp;
  private readonly separator: RegExp;
  private readonly lineEnd = new RegExp(LINE_END, 'y');

  constructor(text: string, separator: string, path: string) {
    const escaped = separator.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
    this.text = text;
    this.path = path;
    this.unquoted = new RegExp(`[^${escaped}\\r\\n]*`, 'y');
    this.separator = new RegExp(escaped, 'y');
  }

  get isAtEnd(): boolean {
    return this.position === this.text.length;
  }

  /** Steps over what matches the sticky pattern here. @returns whether anything does */
  skip(pattern: RegExp): boolean {
    return this.take(pattern) !== null;
  }

  readRecord(): string[] {
    const fields: string[] = [];
    do fields.push(this.readField());
    while (this.skip(this.separator));
    this.skip(this.lineEnd);
    return fields;
  }

  private readField(): string {
    const quoted = this.text[this.position] === '"' ? this.readQuoted() : '';
    return quoted + (this.take(this.unquoted) ?? '');
  }

  private readQuoted(): string {
    const quoted = this.take(/"[^"]*(?:""[^"]*)*"(?!")/y);
    if (quoted !== null) return quoted.slice(1, -1).replaceAll('""', '"');
    throw new CliError(
      `${this.path} is malformed: the quote that opens a field in line ${this.line} is never closed; correct it`,
    );
  }

  private take(pattern: RegExp): string | null {
    pattern.lastIndex = this.position;
    const taken = pattern.exec(this.text)?.[0] ?? null;
    if (taken === null) return null;
    this.position += taken.length;
    this.line += taken.match(/\r\n|\n|\r/g)?.length ?? 0;
    return taken;
  }
}
