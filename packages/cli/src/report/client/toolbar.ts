import type { Report } from '../model.ts';
import { h, range, select } from './dom.ts';
import { tableColumns } from './table.ts';
import {
  MODES,
  type Mode,
  numberOrNull,
  STATUSES,
  type Status,
  THEMES,
  type Theme,
  type ViewState,
} from './viewState.ts';

/** What changes a view. */
export interface Toolbar {
  readonly element: HTMLElement;
  /** Shows a state that came from elsewhere, such as the address. */
  update(state: ViewState): void;
  /** Says how many edits the view has. */
  count(shown: number): void;
}

type Change = (change: Partial<ViewState>) => void;

/** A control, and how it follows the state. */
interface Control {
  readonly element: HTMLElement;
  update(state: ViewState): void;
}

const MODE_NAMES: Readonly<Record<Mode, string>> = {
  slider: 'Slider',
  side: 'Side by side',
  fade: 'Fade',
  difference: 'Difference',
};
const STATUS_NAMES: Readonly<Record<Status, string>> = {
  all: 'all results',
  done: 'done',
  failed: 'failed',
  exhausted: 'with exhausted steps',
};

export function makeToolbar(report: Report, change: Change): Toolbar {
  const { edits } = report;
  const results = edits.flatMap((edit) => edit.results);
  const categories = [...new Set(edits.flatMap((edit) => edit.categories))].sort();
  const output = h('output', { class: 'count' });
  const view = [
    modeControl(change),
    ...(results.some(({ mask }) => mask !== null) ? [maskControl(change)] : []),
  ];
  const filters = [
    searchControl(change),
    ...(categories.length > 0 ? [categoryControl(categories, change)] : []),
    ...statusControl(report, change),
    ...scoreControl(report, change),
  ];
  const controls = [...view, ...(edits.length > 1 ? filters : [])];
  return {
    element: h(
      'form',
      { class: 'toolbar', role: 'search' },
      ...controls.map(({ element }) => element),
      edits.length > 1 ? output : null,
    ),
    update(state) {
      for (const control of controls) control.update(state);
    },
    count: (shown) => output.replaceChildren(`${shown} of ${edits.length} edits`),
  };
}

function modeControl(change: Change): Control {
  const inputs = MODES.map((value) => h('input', { type: 'radio', name: 'mode', value }));
  const labels = inputs.map((input, i) => h('label', {}, input, MODE_NAMES[MODES[i] ?? 'slider']));
  for (const [i, input] of inputs.entries())
    input.addEventListener('change', () => change({ mode: MODES[i] ?? 'slider' }));
  return {
    element: h('fieldset', { class: 'modes', 'aria-label': 'comparison' }, ...labels),
    update({ mode }) {
      for (const input of inputs) input.checked = input.value === mode;
    },
  };
}

function maskControl(change: Change): Control {
  const input = range('opacity of the mask', { max: 100, value: 0 }, (mask) => change({ mask }));
  return {
    element: h('label', {}, 'Mask', input),
    update({ mask }) {
      input.value = String(mask);
    },
  };
}

function searchControl(change: Change): Control {
  const input = h('input', {
    type: 'search',
    placeholder: 'Search',
    'aria-label': 'search in names and prompts',
  });
  input.addEventListener('input', () => change({ text: input.value }));
  return {
    element: input,
    update: ({ text }) => {
      if (input.value !== text) input.value = text;
    },
  };
}

function categoryControl(categories: readonly string[], change: Change): Control {
  const choices = [['', 'all categories'] as const, ...categories.map((name) => [name, name] as const)];
  const element = select('category', choices, (category) => change({ category }));
  return choice(element, ({ category }) => category);
}

/** The kinds of outcome that the report has; none where all are alike. */
function statusControl({ edits }: Report, change: Change): Control[] {
  const results = edits.flatMap((edit) => edit.results);
  const has: Readonly<Record<Status, boolean>> = {
    all: true,
    done: true,
    failed: results.some(({ picture }) => picture === null),
    exhausted: results.some(({ steps }) => (steps?.exhausted.length ?? 0) > 0),
  };
  if (!has.failed && !has.exhausted) return [];
  const choices = STATUSES.filter((status) => has[status]).map(
    (status) => [status, STATUS_NAMES[status]] as const,
  );
  const element = select('outcome', choices, (value) =>
    change({ status: STATUSES.find((status) => status === value) ?? 'all' }),
  );
  return [choice(element, ({ status }) => status)];
}

/** Bounds of one of the report's numbers. */
function scoreControl(report: Report, change: Change): Control[] {
  const columns = tableColumns(report).filter(({ number }) => number);
  if (columns.length === 0) return [];
  const choices = [['', 'any score'] as const, ...columns.map(({ key, title }) => [key, title] as const)];
  const score = select('score', choices, (value) => change({ score: value }));
  const bound = (name: 'min' | 'max', label: string) => {
    const input = h('input', { type: 'number', step: 'any', placeholder: name, 'aria-label': label });
    input.addEventListener('input', () => change({ [name]: numberOrNull(input.value) }));
    return input;
  };
  const [min, max] = [bound('min', 'lowest score'), bound('max', 'highest score')];
  return [
    {
      element: h('span', { class: 'bounds' }, score, min, max),
      update(state) {
        score.value = state.score;
        for (const [name, input] of [
          ['min', min],
          ['max', max],
        ] as const) {
          input.hidden = state.score === '';
          if (numberOrNull(input.value) !== state[name])
            input.value = state[name] === null ? '' : `${state[name]}`;
        }
      },
    },
  ];
}

/** Light, dark, or as the system has it. */
export function makeThemeChoice(change: Change): Control {
  const choices = THEMES.map((theme: Theme) => [theme, theme === 'auto' ? 'system theme' : theme] as const);
  const element = select('theme', choices, (value) =>
    change({ theme: THEMES.find((theme) => theme === value) ?? 'auto' }),
  );
  return choice(element, ({ theme }) => theme);
}

function choice(element: HTMLSelectElement, valueIn: (state: ViewState) => string): Control {
  return {
    element,
    update(state) {
      element.value = valueIn(state);
    },
  };
}

/** Which columns the table has. */
export function makeColumnChooser(report: Report, change: Change): Control {
  const columns = tableColumns(report).filter(({ key }) => key !== 'name');
  const boxes = columns.map(({ key }) => h('input', { type: 'checkbox', value: key }));
  const labels = boxes.map((box, i) => h('label', {}, box, columns[i]?.title ?? ''));
  const choose = () => change({ hidden: boxes.filter(({ checked }) => !checked).map(({ value }) => value) });
  for (const box of boxes) box.addEventListener('change', choose);
  return {
    element: h('details', { class: 'chooser' }, h('summary', {}, 'Columns'), h('div', {}, ...labels)),
    update({ hidden }) {
      for (const box of boxes) box.checked = !hidden.includes(box.value);
    },
  };
}
