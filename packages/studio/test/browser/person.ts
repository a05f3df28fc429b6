import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator, Page } from '@lusd/testing/drivenBrowser';
import type { AxeResults } from 'axe-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong on a page, a line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

/** The line under the buttons that says how the edit stands. */
export function statusOf(page: Page): Locator {
  return page.locator('.status');
}

/** Waits until the edit has come to a state. */
export async function untilStatus(page: Page, text: RegExp, timeout = 120_000): Promise<void> {
  await statusOf(page).filter({ hasText: text }).waitFor({ timeout });
}

/** Sets options by their names, in their groups. */
export async function setOption(page: Page, group: string, name: string, value: string): Promise<void> {
  const details = page.locator('details', { has: page.locator('summary', { hasText: group }) });
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
  const control = page.getByLabel(name, { exact: true });
  if ((await control.getAttribute('type')) === 'checkbox') await control.check();
  else {
    await control.fill(value);
    await control.blur();
  }
}

/** Presses Start as soon as that is possible. */
export async function start(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start', exact: true }).click({ timeout: 60_000 });
}

/** The bytes of the result that the page offers. */
export async function downloadResult(page: Page): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download PNG' }).click(),
  ]);
  return readFileSync(await download.path());
}

/** Drops a file on the page. */
export async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const data = await page.evaluateHandle(
    ([name, base64]) => {
      const transfer = new DataTransfer();
      const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      transfer.items.add(new File([content], name, { type: 'image/png' }));
      return transfer;
    },
    [name, bytes.toString('base64')] as const,
  );
  await page.dispatchEvent('main', 'drop', { dataTransfer: data });
}
