import type { Report, ReportEdit, ReportResult } from '../model.ts';
import { button, h } from './dom.ts';
import type { ShowPicture } from './pictureElement.ts';
import { formatValue } from './rows.ts';
import { makeStage } from './stage.ts';
import { makeTimeline } from './timeline.ts';
import { markedPrompt } from './words.ts';

export interface CardOptions {
  readonly report: Report;
  readonly show: ShowPicture;
  readonly onEnlarge: (edit: ReportEdit) => void;
}

/** An edit with all its results. */
export function makeCard(edit: ReportEdit, id: string, options: CardOptions): HTMLElement {
  const { prompts, words, categories, results } = edit;
  const chips = categories.map((category) => h('span', { class: 'chip' }, category));
  return h(
    'article',
    { id, 'aria-label': edit.name },
    h(
      'header',
      {},
      h('h2', {}, edit.name),
      ...chips,
      button('Enlarge', () => options.onEnlarge(edit), `enlarge ${edit.name}`),
    ),
    h(
      'p',
      { class: 'prompts' },
      h('span', {}, prompts.source || 'no source prompt'),
      h('span', { class: 'arrow', 'aria-label': 'becomes' }, ' → '),
      h('span', { class: 'target' }, ...markedPrompt(prompts.target, words)),
    ),
    h(
      'div',
      { class: options.report.methods.length > 1 ? 'results' : 'results one' },
      ...results.map((result) => makeResult(edit, result, options)),
    ),
  );
}

function makeResult(edit: ReportEdit, result: ReportResult, { report, show }: CardOptions): HTMLElement {
  const { methods } = report;
  const stage = makeStage(edit, result, show);
  const { prompts } = result;
  return h(
    'section',
    { class: 'result' },
    methods.length > 1 ? h('h3', {}, methods[result.method] ?? '') : null,
    prompts ? h('p', { class: 'prompts' }, `${prompts.source} → ${prompts.target}`) : null,
    stage.element,
    h(
      'div',
      { class: 'about' },
      scoresOf(report, result),
      makeTimeline(edit, result, stage, show),
      settingsOf(result),
    ),
  );
}

/** The scores that are there, which the table has too. */
function scoresOf({ columns }: Report, { values, error }: ReportResult): HTMLElement | null {
  if (error !== null) return null;
  const there = columns.flatMap((column, i) => {
    const value = values[i] ?? null;
    return value === null
      ? []
      : [h('div', {}, h('dt', {}, column.title), h('dd', {}, formatValue(column, value)))];
  });
  return there.length > 0 ? h('dl', { class: 'scores' }, ...there) : null;
}

function settingsOf({ settings }: ReportResult): HTMLElement | null {
  if (settings.length === 0) return null;
  const rows = settings.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)));
  return h('details', { class: 'settings' }, h('summary', {}, 'Settings'), h('dl', {}, ...rows));
}
