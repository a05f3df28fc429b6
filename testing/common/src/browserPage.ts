import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const FLAGS = ['--headless=shell', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe'];

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Something the page or the browser complained about. */
export interface Complaint {
  readonly kind: string;
  readonly text: string;
}

/**
 * A page of Chromium that a test looks at and types into, by the DevTools protocol over a pipe: the one way that needs
 * no WebSocket. Disposing it ends the browser.
 */
export class BrowserPage {
  /** Errors and warnings of the console, exceptions, requests that failed. */
  readonly complaints: Complaint[] = [];
  /** Addresses of requests that were no `data:` or `file:`. */
  readonly foreignRequests: string[] = [];
  private readonly profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Map<string, () => void>();
  private received = '';
  private sent = 0;
  private session: string | undefined;

  private constructor(executable: string) {
    this.child = spawn(executable, [...FLAGS, `--user-data-dir=${this.profile}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const output = this.child.stdio[4] as Readable;
    output.setEncoding('utf8').on('data', (text: string) => this.receive(text));
  }

  /** Starts the browser with an empty page of a size in CSS pixels. */
  static async start(executable: string, width: number, height: number): Promise<BrowserPage> {
    const page = new BrowserPage(executable);
    const { targetId } = (await page.send('Target.createTarget', { url: 'about:blank' })) as {
      targetId: string;
    };
    const attached = await page.send('Target.attachToTarget', { targetId, flatten: true });
    page.session = (attached as { sessionId: string }).sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(`${domain}.enable`);
    await page.resize(width, height);
    return page;
  }

  async resize(width: number, height: number): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await this.send('Emulation.setDeviceMetricsOverride', metrics);
  }

  /** Loads an address and waits until all of it is there. */
  async open(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.listeners.set('Page.loadEventFired', resolve));
    await this.send('Page.navigate', { url });
    await loaded;
  }

  /** The value of an expression, which may be a promise. @throws Error if it throws */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = (await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as {
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    const { exceptionDetails: thrown } = answer;
    if (thrown) throw new Error(thrown.exception?.description ?? thrown.text);
    return answer.result.value;
  }

  /** Presses and releases a key, by its name in KeyboardEvent, such as `Tab` or `a`. */
  async press(key: string, modifiers: { readonly shift?: boolean } = {}): Promise<void> {
    const text = key.length === 1 ? key : key === 'Enter' ? '\r' : undefined;
    const code = KEY_CODES[key] ?? key.toUpperCase().charCodeAt(0);
    const event = { key, code: key, windowsVirtualKeyCode: code, modifiers: modifiers.shift ? 8 : 0 };
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event, ...(text && { text }) });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
  }

  /** @param features such as `{ 'prefers-color-scheme': 'dark' }` */
  async emulateMedia(
    media: 'screen' | 'print',
    features: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const list = Object.entries(features).map(([name, value]) => ({ name, value }));
    await this.send('Emulation.setEmulatedMedia', { media, features: list });
  }

  /** What the window shows, or the whole page, as a PNG file. */
  async screenshot({ whole = false } = {}): Promise<Buffer> {
    const options = { format: 'png', captureBeyondViewport: whole };
    const { data } = (await this.send('Page.captureScreenshot', options)) as { data: string };
    return Buffer.from(data, 'base64');
  }

  /** The page as it is printed, as a PDF file. */
  async print(): Promise<Buffer> {
    const { data } = (await this.send('Page.printToPDF', { printBackground: true })) as { data: string };
    return Buffer.from(data, 'base64');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    const { pid, exitCode } = this.child;
    // A process group of its own: what the browser started goes on writing to the profile if it alone is ended.
    if (pid !== undefined && exitCode === null) {
      process.kill(-pid, 'SIGKILL');
      await exited;
    }
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 20 });
  }

  private send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.sent;
    const input = this.child.stdio[3] as Writable;
    input.write(`${JSON.stringify({ id, method, params, sessionId: this.session })}\0`);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private receive(text: string): void {
    const messages = (this.received + text).split('\0');
    this.received = messages.pop() ?? '';
    for (const message of messages) this.handle(JSON.parse(message) as Message);
  }

  private handle({ id, method, params, result, error }: Message): void {
    if (method !== undefined) this.notice(method, params);
    if (id === undefined) return;
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }

  private notice(method: string, params: unknown): void {
    this.listeners.get(method)?.();
    const complain = (kind: string, what: unknown) =>
      this.complaints.push({ kind, text: JSON.stringify(what) });
    if (method === 'Runtime.exceptionThrown') complain('exception', params);
    if (method === 'Log.entryAdded') complain('log', params);
    if (method === 'Network.loadingFailed') complain('request', params);
    if (method === 'Runtime.consoleAPICalled') complain('console', params);
    if (method !== 'Network.requestWillBeSent') return;
    const { url } = (params as { readonly request: { readonly url: string } }).request;
    if (!/^(?:data|file|about):/.test(url)) this.foreignRequests.push(url);
  }
}

const KEY_CODES: Readonly<Record<string, number>> = {
  Backspace: 8,
  Tab: 9,
  Enter: 13,
  Escape: 27,
  ' ': 32,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};
