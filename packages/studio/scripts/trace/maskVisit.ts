import type { Page } from '@lusd/testing/drivenBrowser';
import { moment, open, REST } from './moment.ts';
import { painter } from './painter.ts';

/** Strokes of which a mask has many. */
const MANY = 100;

/** Paints a mask of many strokes on a photo, undoes some and paints on. */
export async function visitMask(page: Page, address: string, photo: string): Promise<void> {
  await open(page, address);
  await moment(page, 'the picture is chosen');
  await page.locator('input[aria-label="Choose a picture"]').setInputFiles(photo);
  await page.getByRole('application', { name: /^Mask/ }).waitFor();
  await page.waitForTimeout(REST);
  const paint = await painter(page);
  await moment(page, 'the first strokes');
  await paint.areas(5);
  await moment(page, `strokes up to ${MANY}`);
  await paint.areas(MANY - 5);
  await moment(page, `a stroke after ${MANY}`);
  await paint.areas(1);
  await moment(page, 'undo');
  for (let i = 0; i < 5; i++) {
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.waitForTimeout(200);
  }
  await moment(page, 'a stroke after an undo');
  await paint.areas(1);
  await moment(page, 'the soft edge');
  await page.getByLabel('Feather').fill('40');
  await page.waitForTimeout(REST);
  await moment(page, 'undo of all');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await page.waitForTimeout(REST);
}
