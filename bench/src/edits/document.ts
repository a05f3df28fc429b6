import { SHAPES_EDITS } from '@lusd/lusd/shapes';
import { writeSection } from '../documentSection.ts';
import { countBoth, type Measured, type MethodResults, meanOf } from './measure.ts';
import type { Settings } from './methods.ts';

/** Puts the tables into docs/edits.md, between its two marks. @throws Error if the marks are missing */
export function writeDocument(results: readonly MethodResults[], machine: string): void {
  const parts = [`Measured on ${machine}.`, testTable(results), tuningTable(results), listOfEdits(results)];
  writeSection('edits.md', 'npm run bench:edits', parts.join('\n\n'));
}

function testTable(results: readonly MethodResults[]): string {
  const kinds = [...new Set(SHAPES_EDITS.test.map(({ kind }) => kind))];
  const header = ['method', 'right and background kept', 'right', ...kinds, 'background', 's an edit'];
  const rows = results.map(({ test }) => {
    const { rows } = test;
    const ofKind = kinds.map((kind) => rows.filter((_, i) => SHAPES_EDITS.test[i]!.kind === kind));
    return [
      label(test),
      `${percent(countBoth(rows) / rows.length)} (${countBoth(rows)} of ${rows.length})`,
      percent(rows.filter(({ success }) => success).length / rows.length),
      ...ofKind.map((some) => `${some.filter(({ success }) => success).length}/${some.length}`),
      percent(meanOf(rows, 'background')),
      meanOf(rows, 'seconds').toFixed(1),
    ];
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

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function table(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => `| ${row.join(' | ')} |`);
  const rule = `| ${rows[0]!.map((_, column) => (column === 0 ? '---' : '---:')).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
