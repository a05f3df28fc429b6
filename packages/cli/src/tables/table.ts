/** Cells of text under titles; the first column names the rows. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Sentences below the table. */
  readonly notes: readonly string[];
}

export const TABLE_FORMATS = ['text', 'csv', 'markdown', 'latex'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** The table in a format, without a line break at its end. CSV has no notes. */
export function formatTable(table: Table, format: TableFormat): string {
  return FORMATTERS[format](table);
}

const FORMATTERS: Readonly<Record<TableFormat, (table: Table) => string>> = {
  text: textTable,
  csv: csvTable,
  markdown: markdownTable,
  latex: latexTable,
};

function textTable({ header, rows, notes }: Table): string {
  const cells = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  return [...cells.map((row) => row.map(pad).join('  ').trimEnd()), ...notes].join('\n');
}

function csvTable({ header, rows }: Table): string {
  return [header, ...rows].map((row) => row.map(csvCell).join(',')).join('\n');
}

export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function markdownTable({ header, rows, notes }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/[\\|*_]/g, '\\$&').trim()).join(' | ')} |`;
  const rule = `| ${header.map((_, column) => (column === 0 ? '---' : '---:')).join(' | ')} |`;
  return [line(header), rule, ...rows.map(line), ...notes.map((note) => `\n${note}`)].join('\n');
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '↑': '$\\uparrow$',
  '↓': '$\\downarrow$',
};

/** In the style of the package booktabs. */
function latexTable({ header, rows, notes }: Table): string {
  const escaped = (cell: string) =>
    cell.trim().replace(/[\\~^↑↓&%$#_{}]/g, (character) => LATEX[character] ?? `\\${character}`);
  const line = (cells: readonly string[]) => `${cells.map(escaped).join(' & ')} \\\\`;
  return [
    ...notes.map((note) => `% ${note}`),
    `\\begin{tabular}{l${'r'.repeat(header.length - 1)}}`,
    '\\toprule',
    line(header),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}',
  ].join('\n');
}
