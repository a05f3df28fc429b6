import type { CategorySummaries, MetricSummary, PixelSummary, TurnScores } from '@lusd/lusd/metrics';

/** The table's columns, in the order of the paper's, after what the paper leaves out. */
const TITLES: Readonly<Record<keyof MetricSummary, string>> = {
  count: 'n',
  l1: 'L1',
  l2: 'L2',
  clipI: 'CLIP-I',
  clipT: 'CLIP-T',
  clipR: 'CLIP-R',
  clipAuc: 'CLIP-AUC',
  l1Star: 'L1*',
  clipIStar: 'CLIP-I*',
};
const DIGITS = 4;

type Summaries = CategorySummaries<MetricSummary> | CategorySummaries<PixelSummary>;

/** The summaries: per category only if there are categories. */
export function summaryRows(
  summaries: Summaries,
  hasCategories: boolean,
): Partial<CategorySummaries<MetricSummary | PixelSummary>> {
  return hasCategories ? summaries : { all: summaries.all };
}

/** The summaries as an aligned table; `-` stands for a mean over no result. */
export function formatTable(rows: Partial<CategorySummaries<MetricSummary | PixelSummary>>): string {
  const metrics = Object.keys(rows.all ?? {}) as (keyof MetricSummary)[];
  const cells = [
    ['', ...metrics.map((metric) => TITLES[metric])],
    ...Object.entries(rows).map(([name, summary]: [string, Partial<MetricSummary>]) => [
      name,
      ...metrics.map((metric) => formatNumber(metric, summary[metric] ?? Number.NaN)),
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

function formatNumber(metric: keyof MetricSummary, value: number): string {
  if (Number.isNaN(value)) return '-';
  return metric === 'count' ? String(value) : value.toFixed(DIGITS);
}

/** A result's scores by the names that the released program has for them. */
export type ScoreRow = Readonly<Record<string, string | number | null>>;

export function scoreRow({ turn, pixels, clip }: TurnScores): ScoreRow {
  return {
    id: turn.id,
    turn: turn.turn,
    result: turn.files.generated,
    ground_truth: turn.files.groundTruth,
    category: turn.category,
    ...pixels,
    ...(clip && { clip_i: clip.clipI, clip_t: clip.clipT, clip_r: clip.clipR }),
  };
}

/** The rows as a file: `.csv` with a line of names, or else JSON. */
export function formatRows(rows: readonly ScoreRow[], kind: '.csv' | '.json'): string {
  if (kind === '.json') return `${JSON.stringify(rows, null, 2)}\n`;
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => names.map((name) => csvCell(String(row[name] ?? ''))));
  return [names, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
