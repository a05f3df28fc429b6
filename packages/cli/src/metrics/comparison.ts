import {
  type Aggregate,
  aggregatesOf,
  type BootstrapOptions,
  compareMethods,
  type EvaluationReport,
  PUBLISHED,
  type PublishedRow,
  type Summary,
  type SummaryValue,
  summarize,
} from '@lusd/lusd/metrics';
import { cellOf, notesOf, titleOf } from '../tables/cells.ts';
import type { Table } from '../tables/table.ts';

/** Several methods side by side. */
export interface Comparison {
  readonly columns: readonly Aggregate[];
  readonly methods: readonly { readonly method: string; readonly n: number; readonly summary: Summary }[];
  /** By how much each method exceeds the first, with paired intervals. */
  readonly differences: readonly {
    readonly method: string;
    readonly minus: string;
    readonly summary: Summary;
  }[];
  readonly published: readonly PublishedRow[];
}

export interface ComparisonOptions extends BootstrapOptions {
  /** `all`, or one of the benchmark's categories. */
  readonly category: string;
  readonly published: boolean;
}

/** @param reports of one benchmark, with the same items in the same order */
export function compareReports(
  reports: readonly EvaluationReport[],
  { category, published, ...options }: ComparisonOptions,
): Comparison {
  const [first, ...others] = reports.map((report) => ({ ...report, items: itemsOf(report, category) })) as [
    EvaluationReport,
    ...EvaluationReport[],
  ];
  const isShared = (name: string) =>
    others.every(({ metrics }) => metrics.some((metric) => metric.name === name));
  const columns = aggregatesOf(first.metrics.filter(({ name }) => isShared(name)));
  return {
    columns,
    methods: [first, ...others].map(({ method, items }) => ({
      method,
      n: items.length,
      summary: summarize(items, columns, options),
    })),
    differences: others.map(({ method, items }) => ({
      method,
      minus: first.method,
      summary: Object.fromEntries(
        columns.map((column) => [column.name, compareMethods(items, first.items, column, options)]),
      ),
    })),
    published: published
      ? PUBLISHED.filter((row) => row.benchmark === first.benchmark && row.category === category)
      : [],
  };
}

function itemsOf({ items }: EvaluationReport, category: string): EvaluationReport['items'] {
  return category === 'all' ? items : items.filter(({ categories }) => categories.includes(category));
}

/** The comparison as a table: methods, differences from the first, published rows. */
export function comparisonTable({ columns, methods, differences, published }: Comparison): Table {
  return {
    header: ['', 'n', ...columns.map(titleOf)],
    rows: [
      ...methods.flatMap(({ method, n, summary }) => rowsOf(method, String(n), columns, summary)),
      ...differences.flatMap(({ method, minus, summary }) =>
        rowsOf(`${method} - ${minus}`, '', columns, summary),
      ),
      ...published.map((row) => publishedRow(row, columns)),
    ],
    notes: methods.flatMap(({ method, summary }) =>
      columns.flatMap((column) =>
        column.metrics[0] === column.name ? notesOf(column, summary[column.name]!, method) : [],
      ),
    ),
  };
}

function rowsOf(name: string, n: string, columns: readonly Aggregate[], summary: Summary): string[][] {
  const cells = (field: keyof SummaryValue) =>
    columns.map((column) => cellOf(column, summary[column.name]![field]));
  return [
    [name, n, ...cells('value')],
    ['  95 % from', '', ...cells('low')],
    ['  95 % to', '', ...cells('high')],
  ];
}

function publishedRow(
  { method, source, values, digits }: PublishedRow,
  columns: readonly Aggregate[],
): string[] {
  const cells = columns.map(({ name }) => values[name]?.toFixed(digits) ?? '-');
  return [`${method} (published, ${source})`, '', ...cells];
}
