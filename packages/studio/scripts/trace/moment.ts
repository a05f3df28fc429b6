import type { Page } from '@lusd/testing/drivenBrowser';
import { MOMENT } from './tasks.ts';

/** In which what was begun comes to its end, in milliseconds. */
export const REST = 2_000;

/** Opens the page. Its loads are a moment. */
export async function open(page: Page, address: string): Promise<void> {
  await page.addInitScript((name) => void performance.mark(name), `${MOMENT}the page is loaded`);
  await page.goto(address);
  await page.waitForTimeout(REST);
}

/** What follows belongs to a moment of this name. */
export async function moment(page: Page, name: string): Promise<void> {
  await page.evaluate((mark) => void performance.mark(mark), MOMENT + name);
}
