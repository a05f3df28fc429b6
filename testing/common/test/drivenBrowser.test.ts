import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium } from '../src/browser.ts';
import { type Browser, launchBrowser, openWatched } from '../src/drivenBrowser.ts';

const executable = await findChromium();
if (!executable) console.warn('a watched page is left out: the packaged Chromium cannot start here');

const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';

/** Answers everything with an empty page. */
async function serve(): Promise<{ server: Server; address: string }> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('.'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

describe.skipIf(!executable)('a watched page', () => {
  let folder: string;
  let browser: Browser;
  let own: Awaited<ReturnType<typeof serve>>;
  let other: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'watched-'));
    [browser, own, other] = await Promise.all([launchBrowser(executable!), serve(), serve()]);
  });
  afterAll(async () => {
    await browser?.close();
    for (const { server } of [own, other]) server.close();
    rmSync(folder, { recursive: true });
  });

  /** What is noticed of a file with this text. */
  async function noticesOf(text: string) {
    const path = join(folder, 'page.html');
    writeFileSync(path, `<!doctype html><meta charset="utf-8">${text}`);
    const { page, ...notices } = await openWatched(await browser.newContext(), pathToFileURL(path).href);
    await page.evaluate('new Promise((resolve) => setTimeout(resolve))');
    await page.context().close();
    return notices;
  }

  test('of a file that asks for nothing and says nothing has nothing to tell', async () => {
    const nothing = { errors: [], messages: [], failed: [], foreign: [] };
    expect(await noticesOf(`<img src="${PIXEL}"><img src="page.html">`)).toEqual(nothing);
  });

  test.each<[what: string, text: string, errors: RegExp[]]>([
    ['an exception', '<script>throw new Error("thrown")</script>', [/^thrown$/]],
    ['a promise that is rejected', '<script>Promise.reject(new Error("late"))</script>', [/^late$/]],
    ['an error on the console', '<script>console.error("wrong")</script>', [/^wrong$/]],
    ['a picture whose data is no address', '<img src="data:">', [/ERR_INVALID_URL/]],
  ])('tells %s', async (_, text, errors) => {
    const expected = errors.map((error) => expect.stringMatching(error));
    expect(await noticesOf(text)).toEqual({ errors: expected, messages: [], failed: [], foreign: [] });
  });

  test('tells what else the console says', async () => {
    const { errors, messages } = await noticesOf('<script>console.warn("mind"); console.log("so")</script>');
    expect({ errors, messages }).toEqual({ errors: [], messages: ['mind', 'so'] });
  });

  test('tells a file that is not there', async () => {
    const { errors, failed, foreign } = await noticesOf('<img src="absent.png">');
    expect(errors).toHaveLength(1);
    expect(failed).toEqual([expect.stringMatching(/absent\.png: net::ERR_FILE_NOT_FOUND$/)]);
    expect(foreign).toEqual([]);
  });

  test('of a file tells what is asked of a network or made by a script', async () => {
    const blob = '<script>new Image().src = URL.createObjectURL(new Blob([""]))</script>';
    const { foreign } = await noticesOf(`<iframe src="${other.address}"></iframe>${blob}`);
    expect(foreign.sort()).toEqual([expect.stringMatching(/^blob:null/), other.address]);
  });

  test('of a server tells what is asked of another origin alone', async () => {
    const context = await browser.newContext();
    const { page, foreign } = await openWatched(context, own.address);
    await page.evaluate(`(async () => {
      await fetch('/more');
      await fetch(URL.createObjectURL(new Blob(['own'])));
      await fetch('${other.address}', { mode: 'no-cors' });
    })()`);
    await context.close();
    expect(foreign).toEqual([other.address]);
  });
});
