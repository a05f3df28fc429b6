import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  assessEdit,
  draw,
  judge,
  SHAPES_EDITS,
  type Verdict,
  type WantedThing,
} from '../../src/shapes/index.ts';
import { editedPairs } from './sheet.ts';

/** What reference/shapes/judge.py says of the edited pictures: some are right, some wrong in one way or another. */
interface Judged {
  readonly success: boolean;
  readonly background: number;
  readonly answers: readonly { readonly thing: WantedThing; readonly verdict: Verdict }[];
}

const judged = JSON.parse(
  readFileSync(new URL('../golden/shapes/edited.json', import.meta.url), 'utf8'),
) as readonly Judged[];
const pairs = await editedPairs();

describe('the judge', () => {
  test.each([...judged.entries()])('agrees with the reference on edit %d', (i, expected) => {
    const [before, after] = pairs[i]!;
    const { success, background } = assessEdit(SHAPES_EDITS.tuning[i]!, before, after);
    expect(success).toBe(expected.success);
    expect(background).toBeCloseTo(expected.background, 4);
    for (const { thing, verdict } of expected.answers) {
      const { overlap, place, ...answers } = verdict;
      const actual = judge(after, thing);
      expect(actual).toMatchObject(answers);
      expect(actual.overlap).toBeCloseTo(overlap, 6);
      expect(actual.place === null).toBe(place === null);
      for (const key of ['x', 'y', 'r'] as const) {
        if (place) expect(actual.place![key]).toBeCloseTo(place[key], 6);
      }
    }
  });

  test('is shown pictures of both kinds', () => {
    const seen = judged.flatMap(({ answers }) => answers);
    for (const part of ['colour', 'shape', 'hat'] as const) {
      expect(new Set(seen.map(({ verdict }) => verdict[part]))).toEqual(new Set([true, false]));
    }
  });

  test('misses a hat that sits beside the thing', () => {
    const circle = { shape: 'circle', colour: 'red', x: 40, y: 64, r: 20 } as const;
    const wanted = { shape: 'circle', colour: 'red', hat: 'blue' } as const;
    const picture = (things: Parameters<typeof draw>[0]['things']) =>
      draw({ scene: 'sand', horizon: 60, things });
    expect(judge(picture([{ ...circle, hat: 'blue' }]), wanted).right).toBe(true);
    const beside = picture([circle, { shape: 'square', colour: 'blue', x: 90, y: 64, r: 8 }]);
    expect(judge(beside, wanted)).toMatchObject({ colour: true, hat: false, right: false });
  });
});
