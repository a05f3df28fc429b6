import { describe, expect, test } from 'vitest';
import type { EditRecord } from '../../src/edit/editRecord.ts';
import { collect, type Method } from '../../src/report/collect.ts';
import type { FoundResult } from '../../src/report/resultFolder.ts';
import type { ScoreTable } from '../../src/report/scores.ts';
import { sampleRecord } from './samples.ts';

function found(name: string, changes: Partial<EditRecord> = {}): FoundResult {
  const file = typeof changes.error === 'string' ? null : `${name}.png`;
  return {
    name,
    file,
    kept: { folder: `.cache/${name}`, record: sampleRecord(changes), isCurrent: file !== null },
  };
}

function method(label: string, results: readonly FoundResult[], scores: ScoreTable | null = null): Method {
  return { label, folder: { path: label, results, scores } };
}

function scoresOf(values: Readonly<Record<string, number>>, categories: string[] = []): ScoreTable {
  return {
    columns: [{ key: 'clip_t', title: 'CLIP-T', better: 'higher', scale: 1, digits: 4 }],
    rows: Object.entries(values).map(([result, value]) => ({
      result,
      categories,
      values: new Map([['clip_t', value]]),
    })),
  };
}

describe('one folder', () => {
  test('edits in the order people count in, each with its steps and numbers', () => {
    const { report } = collect([method('a', [found('10'), found('9')])], 'title', []);
    expect(report.edits.map(({ name }) => name)).toEqual(['9', '10']);
    expect(report.columns.map(({ key }) => key)).toEqual(['attempts', 'exhausted']);
    const [{ words, prompts, results } = report.edits[1]!] = report.edits;
    expect({ words, prompts }).toMatchObject({
      words: ['circle'],
      prompts: { source: 'a red circle on sand' },
    });
    const [result] = results;
    expect(result?.steps).toMatchObject({ timestep: [900, 800, 700, 600, 500, 400], exhausted: [4] });
    // (1 + 2 + 3 + 4 + 1000 + 6) / 6 draws.
    expect(result?.values).toEqual([1016 / 6, 1]);
    expect(result?.settings).toContainEqual(['lr', '1']);
  });

  test('each picture is wanted once, and previews do without the last, which is the result', () => {
    const { report, pictures } = collect([method('a', [found('x')])], 'title', []);
    const [edit] = report.edits;
    const path = (index: number | null | undefined) => pictures[index ?? -1];
    expect(path(edit?.source)).toEqual({ role: 'main', path: '.cache/x/source.png' });
    expect(path(edit?.results[0]?.picture)).toEqual({ role: 'main', path: 'x.png' });
    expect(path(edit?.results[0]?.mask)).toEqual({ role: 'mask', path: '.cache/x/mask.png' });
    expect(edit?.results[0]?.previews.map(({ iteration }) => iteration)).toEqual([0, 2, 4]);
    expect(pictures).toHaveLength(6);
  });

  test('of many previews a film strip has some, at equal distances', () => {
    const previews = Array.from({ length: 90 }, (_, iteration) => ({ iteration, file: `${iteration}.png` }));
    const steps = sampleRecord().steps;
    const many = Array.from({ length: 300 }, (_, iteration) => ({ ...steps[0]!, iteration }));
    const { report } = collect([method('a', [found('x', { previews, steps: many })])], 'title', []);
    const iterations = report.edits[0]!.results[0]!.previews.map(({ iteration }) => iteration);
    expect(iterations).toEqual(Array.from({ length: 18 }, (_, i) => 5 * i));
  });

  test('a failed edit has its reason and its steps, and no picture', () => {
    const { report } = collect(
      [method('a', [found('x', { error: 'no memory', result: null })])],
      'title',
      [],
    );
    const [result] = report.edits[0]!.results;
    expect(result).toMatchObject({
      picture: null,
      error: 'no memory',
      previews: [],
      steps: { exhausted: [4] },
    });
  });

  test('a picture that was deleted is told, and one that changed is shown without its steps', () => {
    const kept = { folder: '.cache/x', record: sampleRecord(), isCurrent: false };
    const gone = collect([method('a', [{ name: 'x', file: null, kept }])], 'title', []);
    expect(gone.report.edits[0]!.results[0]).toMatchObject({
      picture: null,
      error: 'its picture is missing',
    });
    const changed = collect([method('a', [{ name: 'x', file: 'x.png', kept }])], 'title', []);
    expect(changed.report.edits[0]!.results[0]).toMatchObject({ error: null, steps: null, mask: null });
    expect(changed.notes).toEqual([expect.stringMatching(/^x\.png changed after the edit/)]);
  });

  test.each([
    ['nothing', []],
    ['pictures that nothing is known of', [{ name: 'x', file: 'x.png', kept: null }]],
  ])('with %s is refused by its name', (_, results) => {
    expect(() => collect([method('some/folder', results)], 'title', [])).toThrow(
      /^some\/folder has no results; give a folder that lusd edit or lusd run wrote to/,
    );
  });
});

describe('several folders', () => {
  test('results of one name are one edit, also those that only have a picture', () => {
    const other = { name: 'x', file: 'other/x.png', kept: null };
    const { report } = collect(
      [method('ours', [found('x'), found('y')]), method('theirs', [other, { ...other, name: 'z' }])],
      'title',
      [],
    );
    expect(report.methods).toEqual(['ours', 'theirs']);
    expect(report.edits.map(({ name, results }) => [name, results.map((result) => result.method)])).toEqual([
      ['x', [0, 1]],
      ['y', [0]],
    ]);
    expect(report.edits[0]!.results[1]).toMatchObject({ steps: null, error: null, settings: [] });
  });

  test('other prompts than the first folder has are told of the result', () => {
    const prompts = { source: 'a', target: 'b' };
    const { report } = collect([method('a', [found('x')]), method('b', [found('x', { prompts })])], '', []);
    expect(report.edits[0]!.results.map((result) => result.prompts)).toEqual([null, prompts]);
  });
});

describe('scores', () => {
  test('are those of a folder, by the name of the file, or others by the whole path', () => {
    const own = scoresOf({ 'elsewhere/x.png': 0.25 }, ['change']);
    const { report } = collect([method('a', [found('x'), found('y')], own)], '', []);
    const column = report.columns.findIndex(({ key }) => key === 'clip_t');
    expect(report.edits.map(({ results }) => results[0]!.values[column])).toEqual([0.25, null]);
    expect(report.edits.map(({ categories }) => categories)).toEqual([['change'], []]);
  });

  test('of another file are matched by the path where methods are compared', () => {
    const results = { name: 'x', file: 'b/x.png', kept: null };
    const extra = scoresOf({ 'b/x.png': 0.5 });
    const { report } = collect([method('a', [found('x')]), method('b', [results])], '', [extra]);
    const column = report.columns.findIndex(({ key }) => key === 'clip_t');
    expect(report.edits[0]!.results.map(({ values }) => values[column])).toEqual([null, 0.5]);
  });
});
