import { bootstrapInterval, type Interval, wilsonInterval } from '@lusd/lusd/metrics';
import { SHAPES_EDITS } from '@lusd/lusd/shapes';
import { writeSection } from '../documentSection.ts';
import { countBoth, isBoth, type Measured, type MethodResults, meanOf } from './measure.ts';
import type { Settings } from './methods.ts';

/** Puts the tables into docs/edits.md, between its two marks. @throws Error if the marks are missing */
export function writeDocument(results: readonly MethodResults[], machine: string): void {
  const parts = [`Measured on ${machine}.`, testTable(results), pairedTable(results)];
  parts.push(tuningTable(results), listOfEdits(results));
  writeSection('edits.md', 'npm run bench:edits', parts.join('\n\n'));
}

function testTable(results: readonly MethodResults[]): string {
  const kinds = [...new Set(SHAPES_EDITS.test.map(({ kind }) => kind))];
  const header = [
    ...['method', 'right and background kept', '95 % interval', 'right', ...kinds],
    ...['background', 'UNet calls', 's an edit'],
  ];
  const rows = results.map(({ test }) => {
    const { rows } = test;
    const ofKind = kinds.map((kind) => rows.filter((_, i) => SHAPES_EDITS.test[i]!.kind === kind));
    return [
      label(test),
      `${percent(countBoth(rows) / rows.length)} (${countBoth(rows)} of ${rows.length})`,
      interval(wilsonInterval(countBoth(rows), rows.length)),
      percent(rows.filter(({ success }) => success).length / rows.length),
      ...ofKind.map((some) => `${some.filter(({ success }) => success).length}/${some.length}`),
      percent(meanOf(rows, 'background')),
      meanOf(rows, 'unetCalls').toFixed(1),
      meanOf(rows, 'seconds').toFixed(1),
    ];
  });
  return table([header, ...rows]);
}

/** Each method beside the first on the same edits: by how much more of them it does right with the background kept. */
function pairedTable(results: readonly MethodResults[]): string {
  const [first, ...others] = results.map(({ test }) => test);
  const header = [
    `beside ${first!.method.title}`,
    'difference',
    '95 % interval',
    'only it',
    'only the other',
  ];
  const rows = others.map((measured) => {
    const differences = measured.rows.map((row, i) => Number(isBoth(row)) - Number(isBoth(first!.rows[i]!)));
    const count = (value: number) => `${differences.filter((difference) => difference === value).length}`;
    const groups = differences.map((difference) => Float64Array.of(difference, 1));
    const share = ([sum, n]: Float64Array) => sum! / n!;
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
    return [label(measured), points(mean), interval(bootstrapInterval(groups, share)), count(1), count(-1)];
  });
  return table([header, ...rows]);
}

function tuningTable(results: readonly MethodResults[]): string {
  const header = ['on the 16 tuning edits', 'right and background kept', 'right', 'background'];
  const rows = results.flatMap(({ tuning }) =>
    tuning.map((measured) => {
      const { rows } = measured;
      const right = rows.filter(({ success }) => success).length;
      return [label(measured), `${countBoth(rows)}`, `${right}`, percent(meanOf(rows, 'background'))];
    }),
  );
  return table([header, ...rows]);
}

/** Every edit with its outcome by every method: the background's difference, bold where the edit is right. */
function listOfEdits(results: readonly MethodResults[]): string {
  const header = ['edit', ...results.map(({ test }) => test.method.title)];
  const rows = SHAPES_EDITS.test.map(({ source, target }, i) => [
    `${source} → ${target}`,
    ...results.map(({ test }) => {
      const { success, background } = test.rows[i]!;
      return success ? `**${percent(background)}**` : percent(background);
    }),
  ]);
  return table([header, ...rows]);
}

function label({ method, settings }: Measured): string {
  const text = settingsText(settings);
  return text === '' ? method.title : `${method.title} (${text})`;
}

function settingsText(settings: Settings): string {
  return Object.entries(settings)
    .filter(([, value]) => typeof value === 'number')
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

function interval({ low, high }: Interval): string {
  return `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)} %`;
}

/** A difference of shares. */
function points(difference: number): string {
  return `${difference < 0 ? '' : '+'}${(100 * difference).toFixed(1)} %`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function table(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => `| ${row.join(' | ')} |`);
  const rule = `| ${rows[0]!.map((_, column) => (column === 0 ? '---' : '---:')).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
