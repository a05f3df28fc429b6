import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { WEBGPU_FLAGS } from './browser.ts';

export type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

/** A page that is driven as a person would drive it, and what went wrong on it unseen. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of its console and of its scripts. */
  readonly errors: string[];
  /** Requests that went to another origin. */
  readonly foreign: string[];
}

/** Starts Chromium on SwiftShader. @param executable of `findChromium` */
export function launchBrowser(executable: string): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: [...WEBGPU_FLAGS] });
}

/** Opens an address and watches what happens. */
export async function openWatched(context: BrowserContext, address: string): Promise<WatchedPage> {
  const page = await context.newPage();
  const { origin } = new URL(address);
  const watched: WatchedPage = { page, errors: [], foreign: [] };
  // A page that asks whether it may be left is left.
  page.on('dialog', (dialog) => void dialog.accept());
  page.on('console', (message) => {
    if (message.type() === 'error') watched.errors.push(message.text());
  });
  page.on('pageerror', (error) => watched.errors.push(error.message));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin) watched.foreign.push(url.href);
  });
  await page.goto(address);
  return watched;
}
