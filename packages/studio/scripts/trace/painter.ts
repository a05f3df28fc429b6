import type { Page } from '@lusd/testing/drivenBrowser';

/** Of a stroke that covers an area: turns, and moves of the pointer between them. */
const [TURNS, MOVES] = [8, 5];

/** What paints where the mask is, or was: it goes when the edit has started. */
export interface Painter {
  /** Paints lines from top to bottom. */
  lines(count: number): Promise<void>;
  /** Paints strokes that go to and fro over much of the picture. */
  areas(count: number): Promise<void>;
}

export async function painter(page: Page): Promise<Painter> {
  const mask = page.getByRole('application', { name: /^Mask/ });
  await mask.scrollIntoViewIfNeeded();
  const box = await mask.boundingBox();
  if (!box) throw new Error('the mask is not on the page');
  /** @param x of 0 to 1 @param y of 0 to 1 */
  const move = (x: number, y: number, steps = 1) =>
    page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps });
  return {
    lines: async (count) => {
      for (let i = 0; i < count; i++) {
        const x = 0.3 + (0.4 * i) / count;
        await move(x, 0.2);
        await page.mouse.down();
        await move(x + 0.02, 0.7, TURNS * MOVES);
        await page.mouse.up();
      }
    },
    areas: async (count) => {
      for (let i = 0; i < count; i++) {
        const top = 0.1 + (0.1 * i) / count;
        await move(0.1, top);
        await page.mouse.down();
        for (let turn = 1; turn <= TURNS; turn++) await move(turn % 2 ? 0.9 : 0.1, top + 0.09 * turn, MOVES);
        await page.mouse.up();
      }
    },
  };
}
