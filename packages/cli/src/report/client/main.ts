import type { ReportEdit } from '../model.ts';
import { makeCard } from './card.ts';
import { readData } from './data.ts';
import { h } from './dom.ts';
import { Lightbox } from './lightbox.ts';
import { maskColour } from './maskColour.ts';
import { pictureShower } from './pictureElement.ts';
import { openForPrinting } from './printing.ts';
import { rowsOf, visibleRows } from './rows.ts';
import { makeTable } from './table.ts';
import { makeColumnChooser, makeThemeChoice, makeToolbar } from './toolbar.ts';
import { formatState, parseState, type ViewState } from './viewState.ts';

/** Reports of so few edits show their curves at once. */
const FEW = 4;

const { report, pictures } = readData();
const show = pictureShower(pictures);
const rows = rowsOf(report);

let state = parseState(location.hash);
let shownEdits: readonly ReportEdit[] = [];

const cardOf = new Map(
  report.edits.map((edit, i) => [
    edit,
    makeCard(edit, `edit-${i}`, { report, show, onEnlarge: ({ name }) => change({ edit: name }) }),
  ]),
);
const toolbar = makeToolbar(report, change);
const chooser = makeColumnChooser(report, change);
const theme = makeThemeChoice(change);
const table = h('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': 'all results' });
const list = h('main');
const nothing = h('p', { class: 'nothing' });
const lightbox = new Lightbox({
  report,
  show,
  edits: () => shownEdits,
  onChange: (edit) => change({ edit }),
});

/** Shows another view, and puts it into the address. */
function change(part: Partial<ViewState>): void {
  state = { ...state, ...part };
  const hash = formatState(state);
  history.replaceState(null, '', hash === '' ? '#' : `#${hash}`);
  render();
}

function render(): void {
  document.documentElement.dataset.theme = state.theme;
  document.documentElement.dataset.mode = state.mode;
  document.documentElement.style.setProperty('--mask', String(state.mask / 100));
  toolbar.update(state);
  chooser.update(state);
  theme.update(state);
  renderResults();
  lightbox.open(report.edits.find(({ name }) => name === state.edit));
}

/** What the results depend on was when they were last put in order. */
let rendered = '';

function renderResults(): void {
  const { text, category, status, score, min, max, sort, hidden } = state;
  const key = JSON.stringify({ text, category, status, score, min, max, sort, hidden });
  if (key === rendered) return;
  rendered = key;
  const visible = visibleRows(report, rows, state);
  const focused = focusedText();
  table.replaceChildren(
    makeTable(visible, state, { report, change, onOpen: ({ edit: each }) => jumpTo(each) }),
  );
  if (focused !== null) focusAgain(focused);
  shownEdits = [...new Set(visible.map((row) => row.edit))];
  list.replaceChildren(...shownEdits.flatMap((each) => cardOf.get(each) ?? []));
  toolbar.count(shownEdits.length);
  nothing.textContent = report.edits.length === 0 ? 'There are no edits.' : 'No edit is like this.';
  nothing.hidden = shownEdits.length > 0;
}

/** The title of the table's button that has the focus, which goes with the table. */
function focusedText(): string | null {
  const { activeElement } = document;
  return activeElement && table.contains(activeElement) ? activeElement.getAttribute('title') : null;
}

function focusAgain(title: string): void {
  for (const element of table.querySelectorAll<HTMLButtonElement>('thead button'))
    if (element.title === title) element.focus();
}

function jumpTo(edit: ReportEdit): void {
  const card = cardOf.get(edit);
  card?.scrollIntoView({ block: 'start' });
  card?.querySelector('button')?.focus({ preventScroll: true });
}

function summary(): string {
  const failed = rows.filter(({ result }) => result.picture === null).length;
  const parts = [
    `${report.edits.length} edits`,
    ...(report.methods.length > 1 ? [`${report.methods.length} methods`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return parts.join(' · ');
}

document.body.append(
  maskColour(),
  h('header', { class: 'top' }, h('h1', {}, report.title), theme.element, h('p', {}, summary())),
  toolbar.element,
  ...(report.edits.length > 1
    ? [h('details', { class: 'all', open: true }, h('summary', {}, 'All results'), chooser.element, table)]
    : []),
  nothing,
  list,
  lightbox.element,
);
toolbar.element.addEventListener('submit', (event) => event.preventDefault());
addEventListener('hashchange', () => {
  state = parseState(location.hash);
  render();
});
openForPrinting();
render();
if (report.edits.length <= FEW)
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details.curves')) details.open = true;
