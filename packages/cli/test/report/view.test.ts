import { describe, expect, test } from 'vitest';
import {
  bestRows,
  formatValue,
  meanOf,
  type Row,
  rowsOf,
  visibleRows,
} from '../../src/report/client/rows.ts';
import { formatState, INITIAL, parseState, type ViewState } from '../../src/report/client/viewState.ts';
import type { Report, ReportResult } from '../../src/report/model.ts';

const COLUMNS = [
  { key: 'clip', title: 'CLIP', better: 'higher', scale: 1, digits: 2 },
  { key: 'lpips', title: 'LPIPS', better: 'lower', scale: 1000, digits: 1 },
] as const;

function result(
  method: number,
  values: (number | null)[],
  changes: Partial<ReportResult> = {},
): ReportResult {
  const nothing = { mask: null, previews: [], steps: null, error: null, prompts: null, settings: [] };
  return { method, picture: 0, ...nothing, values, ...changes };
}

const STEPS = { std: [1], threshold: [2], attempts: [1000], timestep: [5], exhausted: [0] };

const report: Report = {
  title: '',
  methods: ['a', 'b'],
  columns: COLUMNS,
  edits: [
    {
      ...{
        name: 'edit 2',
        prompts: { source: 'a cat', target: 'a dog' },
        words: [],
        categories: ['change'],
        source: 0,
      },
      results: [result(0, [0.2, 0.05]), result(1, [0.3, null], { steps: STEPS })],
    },
    {
      ...{
        name: 'edit 10',
        prompts: { source: 'a hat', target: 'no hat' },
        words: [],
        categories: ['remove'],
        source: 0,
      },
      results: [result(0, [0.1, 0.02]), result(1, [null, null], { picture: null, error: 'Out of memory' })],
    },
  ],
};
const rows = rowsOf(report);
const named = (list: Iterable<Row>) =>
  Array.from(list, (row) => `${row.edit.name}${report.methods[row.result.method]}`);
const shown = (changes: Partial<typeof INITIAL>) =>
  named(visibleRows(report, rows, { ...INITIAL, ...changes }));

describe('what a view shows', () => {
  test.each([
    [{}, ['edit 2a', 'edit 2b', 'edit 10a', 'edit 10b']],
    [{ text: 'DOG cat' }, ['edit 2a', 'edit 2b']],
    [{ text: 'memory' }, ['edit 10b']],
    [{ category: 'remove' }, ['edit 10a', 'edit 10b']],
    [{ status: 'failed' }, ['edit 10b']],
    [{ status: 'done' }, ['edit 2a', 'edit 2b', 'edit 10a']],
    [{ status: 'exhausted' }, ['edit 2b']],
    [{ score: 'clip', min: 0.2 }, ['edit 2a', 'edit 2b']],
    // Bounds are of the numbers as the table shows them: LPIPS times 1000.
    [{ score: 'lpips', min: 10, max: 30 }, ['edit 10a']],
    [{ text: 'nothing like it' }, []],
  ] as const)('%j', (changes, expected) => expect(shown(changes)).toEqual(expected));

  test.each([
    ['clip', ['edit 10a', 'edit 2a', 'edit 2b', 'edit 10b']],
    ['-clip', ['edit 2b', 'edit 2a', 'edit 10a', 'edit 10b']],
    ['name', ['edit 2a', 'edit 2b', 'edit 10a', 'edit 10b']],
    ['-method', ['edit 2b', 'edit 10b', 'edit 2a', 'edit 10a']],
  ])('sorted by %s; without a value comes last', (sort, expected) =>
    expect(shown({ sort })).toEqual(expected),
  );
});

describe('the best', () => {
  test('is of each edit where methods are compared, and of all rows where not', () => {
    expect(named(bestRows(report, rows, COLUMNS[0], 0))).toEqual(['edit 2b']);
    const alone = rows.filter((row) => row.result.method === 0);
    expect(named(bestRows({ ...report, methods: ['a'] }, alone, COLUMNS[1], 1))).toEqual(['edit 10a']);
  });

  test('is none where all are equal, or where no way is better', () => {
    const equal = [1, 1].map((value, method) => ({
      edit: report.edits[0]!,
      result: result(method, [value]),
    }));
    expect(bestRows(report, equal, COLUMNS[0], 0).size).toBe(0);
    expect(bestRows(report, rows, { ...COLUMNS[0], better: null }, 0).size).toBe(0);
  });
});

test('a mean is of the values that are there', () => {
  expect(meanOf(rows, 0)).toBeCloseTo(0.2, 12);
  expect(meanOf([], 0)).toBeNull();
  expect([0.05, null, Number.POSITIVE_INFINITY].map((value) => formatValue(COLUMNS[1], value))).toEqual([
    '50.0',
    '–',
    '∞',
  ]);
});

describe('the address', () => {
  test('holds what is not as at first, and nothing else', () => {
    expect(formatState(INITIAL)).toBe('');
    expect(formatState({ ...INITIAL, text: 'a & b', mask: 40 })).toBe('text=a+%26+b&mask=40');
  });

  test('gives back every view', () => {
    const state: ViewState = {
      ...{ text: 'a, b', category: 'x=y', status: 'failed', score: 'clip', min: -1, max: 0.5, sort: '-clip' },
      ...{ hidden: ['source', 'target'], mode: 'side', mask: 100, theme: 'dark', edit: 'über #1' },
    };
    expect(parseState(`#${formatState(state)}`)).toEqual(state);
  });

  test.each(['', '#', '#mode=upside-down&mask=much&min=x&theme=', '#%E0%A4%A'])(
    '%s is the first view',
    (hash) => expect(parseState(hash)).toEqual(INITIAL),
  );
});
