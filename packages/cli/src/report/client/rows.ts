import type { Column, Report, ReportEdit, ReportResult } from '../model.ts';
import type { Status, ViewState } from './viewState.ts';

/** A result, as the table has it in a row. */
export interface Row {
  readonly edit: ReportEdit;
  readonly result: ReportResult;
}

export function rowsOf({ edits }: Report): Row[] {
  return edits.flatMap((edit) => edit.results.map((result) => ({ edit, result })));
}

/** The rows that a view shows, in its order. */
export function visibleRows(report: Report, rows: readonly Row[], state: ViewState): Row[] {
  const shown = rows.filter((row) => isShown(report, row, state));
  const key = state.sort.replace(/^-/, '');
  const sign = state.sort.startsWith('-') ? -1 : 1;
  if (key === '') return shown;
  return shown.sort((a, b) => compare(cellOf(report, a, key), cellOf(report, b, key), sign));
}

function isShown({ columns }: Report, { edit, result }: Row, state: ViewState): boolean {
  const { text, category, status, score, min, max } = state;
  if (category !== '' && !edit.categories.includes(category)) return false;
  if (!hasStatus(result, status) || !hasWords({ edit, result }, text)) return false;
  const column = columns.findIndex(({ key }) => key === score);
  if (column < 0 || (min === null && max === null)) return true;
  const value = scaled(columns[column], result.values[column]);
  return value !== null && value >= (min ?? -Infinity) && value <= (max ?? Infinity);
}

function hasStatus({ picture, steps }: ReportResult, status: Status): boolean {
  if (status === 'done') return picture !== null;
  if (status === 'failed') return picture === null;
  return status === 'all' || (steps?.exhausted.length ?? 0) > 0;
}

function hasWords({ edit, result }: Row, text: string): boolean {
  const { name, prompts, categories } = edit;
  const own = result.prompts ?? prompts;
  const all = [name, own.source, own.target, ...categories, result.error ?? ''].join('\n').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** What a row has in a column: of text, or a number as the table shows it. */
export function cellOf(
  { methods, columns }: Report,
  { edit, result }: Row,
  key: string,
): string | number | null {
  if (key === 'name') return edit.name;
  if (key === 'method') return methods[result.method] ?? '';
  if (key === 'source') return (result.prompts ?? edit.prompts).source;
  if (key === 'target') return (result.prompts ?? edit.prompts).target;
  if (key === 'category') return edit.categories.join(', ');
  const column = columns.findIndex((each) => each.key === key);
  return column < 0 ? null : scaled(columns[column], result.values[column]);
}

function scaled(column: Column | undefined, value: number | null | undefined): number | null {
  return column === undefined || value === undefined || value === null ? null : value * column.scale;
}

const { compare: compareTexts } = new Intl.Collator('en', { numeric: true });

/** Rows without a value come last, in either order. */
function compare(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : sign * (a < b ? -1 : 1);
  return sign * compareTexts(String(a), String(b));
}

/**
 * The rows that are best in a column: of each edit, where methods are compared, otherwise of all. None is where all are
 * equal, or where no way is better.
 */
export function bestRows({ methods }: Report, rows: readonly Row[], column: Column, index: number): Set<Row> {
  const best = new Set<Row>();
  if (column.better === null) return best;
  const groups = methods.length > 1 ? byEdit(rows) : [rows];
  for (const group of groups) {
    const values = group.flatMap(({ result }) => result.values[index] ?? []);
    const wanted = column.better === 'higher' ? Math.max(...values) : Math.min(...values);
    if (values.length < 2 || values.every((value) => value === wanted)) continue;
    for (const row of group) if (row.result.values[index] === wanted) best.add(row);
  }
  return best;
}

function byEdit(rows: readonly Row[]): Iterable<readonly Row[]> {
  const groups = new Map<ReportEdit, Row[]>();
  for (const row of rows) groups.set(row.edit, [...(groups.get(row.edit) ?? []), row]);
  return groups.values();
}

/** The mean of a column's values that are there; null without any. */
export function meanOf(rows: readonly Row[], index: number): number | null {
  const values = rows.flatMap(({ result }) => result.values[index] ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A number of a column as the table shows it. */
export function formatValue({ scale, digits }: Column, value: number | null): string {
  if (value === null) return '–';
  return Number.isFinite(value) ? (value * scale).toFixed(digits) : value > 0 ? '∞' : '-∞';
}
