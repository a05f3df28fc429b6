import { describe, expect, test } from 'vitest';
import { meanAbsoluteDifference } from '../../src/metrics/index.ts';
import {
  assessEdit,
  caption,
  draw,
  type Picture,
  SHAPES_EDITS,
  type ShapesEdit,
} from '../../src/shapes/index.ts';
import { editedPairs } from './sheet.ts';

const EDITS = [...SHAPES_EDITS.tuning, ...SHAPES_EDITS.test];

/** The picture that an edit asks for; a second thing is put on the free side. */
function answer({ picture, wanted }: ShapesEdit): Picture {
  const [first] = picture.things;
  const free = { x: first!.x < 64 ? 96 : 32, y: 64, r: 18 };
  return {
    ...picture,
    things: wanted.map((thing, i) => ({ ...thing, ...(i === 0 ? { ...place(first!) } : free) })),
  };
}

function place({ x, y, r }: Picture['things'][number]) {
  return { x, y, r };
}

describe('the edits of drawn pictures', () => {
  test('are 16 and 64, a quarter of each kind, no two alike', () => {
    expect([SHAPES_EDITS.tuning.length, SHAPES_EDITS.test.length]).toEqual([16, 64]);
    for (const kind of ['recolour', 'replace', 'hat', 'insert']) {
      expect(SHAPES_EDITS.test.filter((edit) => edit.kind === kind)).toHaveLength(16);
    }
    expect(new Set(EDITS.map((edit) => JSON.stringify(edit))).size).toBe(80);
  });

  test.each(EDITS)('$source -> $target: prompts say what is drawn and wanted', (edit) => {
    expect(caption(edit.picture)).toBe(edit.source);
    expect(caption(answer(edit))).toBe(edit.target);
  });

  test.each(EDITS)('$source -> $target: the answer is judged right, the source wrong', (edit) => {
    const before = draw(edit.picture);
    expect(assessEdit(edit, before, draw(answer(edit)))).toMatchObject({ success: true, background: 0 });
    expect(assessEdit(edit, before, before)).toMatchObject({ success: false, background: 0 });
  });

  test('are drawn as the reference draws them', async () => {
    for (const [i, [expected]] of (await editedPairs()).entries()) {
      const drawn = draw(SHAPES_EDITS.tuning[i]!.picture);
      expect(meanAbsoluteDifference(drawn.data, expected.data)).toBeLessThan(0.2 / 255);
    }
  });
});
