import type { Column, Report } from '../model.ts';
import { h } from './dom.ts';
import { bestRows, cellOf, formatValue, meanOf, type Row } from './rows.ts';
import type { ViewState } from './viewState.ts';

/** A column of the table: a text, or one of the report's numbers. */
interface TableColumn {
  readonly key: string;
  readonly title: string;
  /** Its place among the report's columns; null for a text. */
  readonly number: { readonly column: Column; readonly index: number } | null;
}

const ARROWS = { higher: '↑', lower: '↓' } as const;

/** Every column that some row has something in. */
export function tableColumns(report: Report): TableColumn[] {
  const text = (key: string, title: string): TableColumn => ({ key, title, number: null });
  const numbers = report.columns.map((column, index) => ({
    key: column.key,
    title: column.title,
    number: { column, index },
  }));
  return [
    text('name', 'Edit'),
    ...(report.methods.length > 1 ? [text('method', 'Method')] : []),
    text('source', 'Source prompt'),
    text('target', 'Target prompt'),
    ...(report.edits.some(({ categories }) => categories.length > 0) ? [text('category', 'Category')] : []),
    ...numbers.filter(({ number: { index } }) =>
      report.edits.some(({ results }) => results.some(({ values }) => values[index] !== null)),
    ),
  ];
}

export interface TableOptions {
  readonly report: Report;
  readonly change: (change: Partial<ViewState>) => void;
  /** Shows the edit of a row. */
  readonly onOpen: (row: Row) => void;
}

/** The table of all results, which is made again for each view. */
export function makeTable(rows: readonly Row[], state: ViewState, options: TableOptions): HTMLElement {
  const columns = tableColumns(options.report).filter(({ key }) => !state.hidden.includes(key));
  const cells = columns.map((column) => cellMaker(column, rows, options));
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...columns.map((column) => headCell(column, state, options)))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...cells.map((cell) => cell(row))))),
    h('tfoot', {}, ...meanRows(columns, rows, options.report)),
  );
}

function headCell({ key, title, number }: TableColumn, { sort }: ViewState, { change }: TableOptions) {
  const order = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none';
  const better = number?.column.better ?? null;
  const factor = number && number.column.scale !== 1 ? ` ×${number.column.scale}` : '';
  const arrow =
    better === null ? null : h('span', { 'aria-label': `${better} is better` }, ` ${ARROWS[better]}`);
  const toggle = h('button', { type: 'button', title: `sort by ${title}` }, title, factor, arrow);
  toggle.addEventListener('click', () => {
    const first = better === 'higher' ? `-${key}` : key;
    const second = better === 'higher' ? key : `-${key}`;
    change({ sort: sort === first ? second : sort === second ? '' : first });
  });
  return h('th', { scope: 'col', 'aria-sort': order, class: number ? 'number' : null }, toggle);
}

/** What makes a column's cell of a row. */
function cellMaker(
  { key, number }: TableColumn,
  rows: readonly Row[],
  { report, onOpen }: TableOptions,
): (row: Row) => HTMLElement {
  if (key === 'name') return (row) => h('th', { scope: 'row' }, nameLink(row, onOpen));
  if (!number) return (row) => h('td', {}, String(cellOf(report, row, key) ?? ''));
  const { column, index } = number;
  const best = bestRows(report, rows, column, index);
  return (row) => {
    const text = formatValue(column, row.result.values[index] ?? null);
    if (!best.has(row)) return h('td', { class: 'number' }, text);
    return h('td', { class: 'number best' }, h('span', { 'aria-label': 'best' }, '★'), ` ${text}`);
  };
}

function nameLink(row: Row, onOpen: (row: Row) => void): HTMLElement {
  const link = h('button', { type: 'button', class: 'link' }, row.edit.name);
  link.addEventListener('click', () => onOpen(row));
  return h('span', {}, link, row.result.picture === null ? h('span', { class: 'chip bad' }, 'failed') : null);
}

/** A row of means for each method. */
function meanRows(columns: readonly TableColumn[], rows: readonly Row[], { methods }: Report): HTMLElement[] {
  const of = (method: number) => rows.filter(({ result }) => result.method === method);
  if (methods.every((_, method) => of(method).length < 2)) return [];
  return methods.map((_, method) =>
    h(
      'tr',
      {},
      ...columns.map(({ key, number }) => {
        if (key === 'name') return h('th', { scope: 'row' }, `Mean of ${of(method).length}`);
        if (!number) return h('td', {}, key === 'method' ? (methods[method] ?? '') : '');
        return meanCell(
          number,
          methods.map((_, other) => meanOf(of(other), number.index)),
          method,
        );
      }),
    ),
  );
}

function meanCell(
  { column }: { readonly column: Column },
  means: readonly (number | null)[],
  method: number,
): HTMLElement {
  const there = means.filter((mean) => mean !== null);
  const wanted = column.better === 'higher' ? Math.max(...there) : Math.min(...there);
  const isOneBetter = column.better !== null && there.some((mean) => mean !== wanted);
  const isBest = isOneBetter && means[method] === wanted;
  // A mean of whole numbers is none.
  const digits = Math.max(2, column.digits);
  const text = formatValue({ ...column, digits }, means[method] ?? null);
  if (!isBest) return h('td', { class: 'number' }, text);
  return h('td', { class: 'number best' }, h('span', { 'aria-label': 'best' }, '★'), ` ${text}`);
}
