import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../src/csv/readCsv.ts';
import { splitCsv } from '../../src/csv/splitCsv.ts';
import { CliError } from '../../src/ui/errors.ts';
import { temporaryFolder } from '../lusd.ts';

type Value = string | number | boolean | null;

interface Table {
  readonly name: string;
  readonly text: string;
  readonly error?: string;
  readonly columns?: readonly string[];
  /** What pandas reads with its defaults. */
  readonly default?: readonly (readonly Value[])[];
  /** What it reads where everything is text. */
  readonly rows?: readonly (readonly string[])[];
}

interface Drawn {
  readonly text: string;
  readonly error?: string;
  readonly rows?: readonly (readonly string[])[];
}

/** Made by reference/cli/pandas_csv.py. */
const { tables, lines, width } = JSON.parse(
  readFileSync(new URL('../golden/pandas_csv.json', import.meta.url), 'utf8'),
) as { tables: readonly Table[]; lines: readonly Drawn[]; width: number };

const COLUMNS = ['img_path', 'source_prompt', 'target_prompt'] as const;

const path = join(temporaryFolder(), 'index.csv');

function read(text: string) {
  writeFileSync(path, text);
  return readCsv(path, COLUMNS, () => {});
}

/** Where ours is another answer than pandas', on purpose. */
const TAKEN = ['an empty field too many'];

describe('readCsv reads what pandas reads', () => {
  test.each(tables.filter(({ rows }) => rows))(
    '$name',
    async ({ text, columns = [], rows = [], ...table }) => {
      const positions = COLUMNS.map((column) => columns.indexOf(column));
      const expected = rows.map((fields) => positions.map((position) => fields[position] ?? ''));
      const ours = await read(text);
      // Rows of nothing are left out, and the others keep their numbers.
      const isRow = (fields: readonly string[]) => fields.some((field) => field.trim() !== '');
      expect(ours.map(({ row, values }) => [row, Object.values(values)])).toEqual(
        [...expected.entries()].filter(([, fields]) => isRow(fields)),
      );
      for (const { row, values } of ours) {
        const guessed = positions.map((position) => table.default?.[row]?.[position]);
        // pandas' guesses (nothing, a number, a truth value) are the text that is there.
        for (const [i, column] of COLUMNS.entries())
          if (typeof guessed[i] === 'string') expect(values[column]).toBe(guessed[i]);
      }
    },
  );

  test.each(tables.filter(({ error, name }) => error !== undefined && !TAKEN.includes(name)))(
    'and refuses what it refuses: $name',
    async ({ text }) => {
      await expect(read(text)).rejects.toThrow(CliError);
    },
  );

  test('an empty field too many, as spreadsheets write it, is no reason to refuse', async () => {
    const table = tables.find(({ name }) => name === TAKEN[0]);
    expect(table?.error).toMatch(/Expected 3 fields in line 3, saw 4/);
    expect((await read(table?.text ?? '')).map(({ values }) => values.target_prompt)).toEqual([
      'a dog',
      'a bus',
    ]);
  });
});

describe('splitCsv', () => {
  test('splits drawn texts as pandas does', () => {
    expect(lines.length).toBeGreaterThan(400);
    for (const { text, rows, error } of lines) {
      const split = () => [...splitCsv(text, ',', 'x')].map(({ fields }) => padded(fields));
      if (error === undefined) expect(split(), JSON.stringify(text)).toEqual(rows);
      else
        expect(split, JSON.stringify(text)).toThrow(
          /the quote that opens a field in line \d+ is never closed/,
        );
    }
  });

  test('knows the line that a record begins in', () => {
    const split = splitCsv('a,b\r\n\r\n"c\nd",e\r   \rf\n', ',', 'x');
    expect([...split].map(({ line }) => line)).toEqual([1, 3, 6]);
  });
});

function padded(fields: readonly string[]): string[] {
  return Array.from({ length: width }, (_, i) => fields[i] ?? '');
}
