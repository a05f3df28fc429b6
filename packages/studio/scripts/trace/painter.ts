import type { Page } from '@lusd/testing/drivenBrowser';

/** Paints lines from top to bottom where the mask is, or was: it goes when the edit has started. */
export async function painter(page: Page): Promise<(lines: number) => Promise<void>> {
  const mask = page.getByRole('application', { name: /^Mask/ });
  await mask.scrollIntoViewIfNeeded();
  const box = await mask.boundingBox();
  if (!box) throw new Error('the mask is not on the page');
  return async (lines) => {
    for (let i = 0; i < lines; i++) {
      const x = box.x + box.width * (0.3 + (0.4 * i) / lines);
      await page.mouse.move(x, box.y + box.height * 0.2);
      await page.mouse.down();
      await page.mouse.move(x + 20, box.y + box.height * 0.7, { steps: 40 });
      await page.mouse.up();
    }
  };
}
