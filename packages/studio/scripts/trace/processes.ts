import type { Browser } from '@lusd/testing/drivenBrowser';

/** One of Chromium's processes. */
export interface BrowserProcess {
  readonly id: number;
  readonly type: string;
  /** Processor time that it took so far, in seconds. */
  readonly cpuTime: number;
}

/** What asks a browser for its processes. */
export async function processLister(browser: Browser): Promise<() => Promise<readonly BrowserProcess[]>> {
  const session = await browser.newBrowserCDPSession();
  return async () => (await session.send('SystemInfo.getProcessInfo')).processInfo;
}
