import { type Aggregate, aggregatesOf, type EvaluationReport } from '@lusd/lusd/metrics';
import { cellOf, notesOf, titleOf } from '../tables/cells.ts';
import type { Table } from '../tables/table.ts';

/**
 * A report's summary: a row of all results and one of each category, each with its 95 % interval.
 * @param deviations sentences on what is not as published
 */
export function summaryTable(
  { metrics, categories, items, summary }: EvaluationReport,
  deviations: readonly string[],
): Table {
  const columns = aggregatesOf(metrics);
  const names = ['all', ...categories];
  const countOf = (name: string) =>
    name === 'all' ? items.length : items.filter((item) => item.categories.includes(name)).length;
  return {
    header: ['', 'n', ...columns.map(titleOf)],
    rows: names.flatMap((name) => {
      const cells = (value: 'value' | 'low' | 'high') =>
        columns.map((column) => cellOf(column, summary[name]![column.name]![value]));
      return [
        [name, String(countOf(name)), ...cells('value')],
        ['  95 % from', '', ...cells('low')],
        ['  95 % to', '', ...cells('high')],
      ];
    }),
    notes: [
      ...columns.flatMap((column: Aggregate) =>
        column.metrics.length === 1 && column.metrics[0] === column.name
          ? names.flatMap((name) => notesOf(column, summary[name]![column.name]!, name))
          : [],
      ),
      ...deviations.map((what) => `Not as published: ${what}`),
    ],
  };
}
