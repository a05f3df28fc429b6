import { type Browser, type BrowserContext, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { WEBGPU_FLAGS } from './browser.ts';

export type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

/** A page that is driven as a person would drive it, and what went wrong on it unseen. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of its console and of its scripts. */
  readonly errors: string[];
  /** What else its console said, warnings among it. */
  readonly messages: string[];
  /** Requests that failed. */
  readonly failed: string[];
  /** Requests that went to another origin; from a page of a file, those for anything but a file. */
  readonly foreign: string[];
}

/** Starts Chromium on SwiftShader. @param executable of `findChromium` */
export function launchBrowser(executable: string, options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: [...WEBGPU_FLAGS], ...options });
}

/** Opens an address and watches what happens. */
export async function openWatched(context: BrowserContext, address: string): Promise<WatchedPage> {
  const page = await context.newPage();
  const own = new URL(address);
  const watched: WatchedPage = { page, errors: [], messages: [], failed: [], foreign: [] };
  // A page that asks whether it may be left is left.
  page.on('dialog', (dialog) => void dialog.accept());
  page.on('console', (message) => {
    const list = message.type() === 'error' ? watched.errors : watched.messages;
    list.push(message.text());
  });
  page.on('pageerror', (error) => watched.errors.push(error.message));
  page.on('requestfailed', (request) =>
    watched.failed.push(`${request.url()}: ${request.failure()?.errorText}`),
  );
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (isForeign(url, own)) watched.foreign.push(url.href);
  });
  await page.goto(address);
  return watched;
}

function isForeign(request: URL, page: URL): boolean {
  if (page.protocol === 'file:') return request.protocol !== 'file:';
  return request.protocol.startsWith('http') && request.origin !== page.origin;
}
