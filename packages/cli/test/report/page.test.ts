import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encodePng } from '@lusd/sd-models/node';
import { findChromium } from '@lusd/testing/browser';
import {
  type Browser,
  launchBrowser,
  openWatched,
  type Page,
  type WatchedPage,
} from '@lusd/testing/drivenBrowser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportPage } from '../../src/report/page.ts';
import { readPageCode } from '../../src/report/pageCode.ts';
import { lusd, temporaryFolder } from '../lusd.ts';
import { disc } from '../pictures.ts';
import { writeEdit } from './samples.ts';

const executable = await findChromium();
if (!executable) console.warn('the report in a browser is left out: the packaged Chromium cannot start here');

const WIDTHS = [1280, 390];
const folder = temporaryFolder();
let browser: Browser;
let page: Page;

const written = new Map<string, string>();

/** Writes a report of folders, as the command does, unless there is one. @returns the page's address */
function report(...folders: string[]): string {
  const known = written.get(folders.join());
  if (known !== undefined) return known;
  const output = join(folder, `report${written.size}.html`);
  const paths = folders.map((name) => join(folder, name));
  expect(lusd('report', ...paths, '--output', output)).toMatchObject({ code: 0 });
  const { href } = pathToFileURL(output);
  written.set(folders.join(), href);
  return href;
}

/** The number of elements that are shown. */
function shownOf(selector: string): Promise<number> {
  return page.evaluate(
    `[...document.querySelectorAll('${selector}')].filter((element) => element.checkVisibility()).length`,
  );
}

/** What an expression gives of the first element. */
function first<T>(selector: string, expression: string): Promise<T> {
  return page.evaluate(`((element) => ${expression})(document.querySelector('${selector}'))`);
}

async function texts(selector: string): Promise<string[]> {
  return page.evaluate(`Array.from(document.querySelectorAll('${selector}'), (e) => e.textContent.trim())`);
}

/** Presses Tab until an element has the focus. */
async function tabTo(selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(`document.activeElement.matches('${selector}')`)) return;
  }
  throw new Error(`Tab does not reach ${selector}`);
}

/** Until what the page was told has been shown. */
const nextFrame = () =>
  page.evaluate(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))`);

const isWide = () =>
  page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth');

describe.skipIf(!executable)('a report in a browser', () => {
  beforeAll(async () => {
    // With the scroll bars that a person has, a page as wide as the window is wider than what is left of it.
    browser = await launchBrowser(executable!, { ignoreDefaultArgs: ['--hide-scrollbars'] });
    for (const name of ['edit1', 'edit2', 'edit10']) writeEdit(join(folder, 'few', `${name}.png`));
    writeEdit(join(folder, 'few', 'lost.png'), { error: 'the device was lost' });
    const more = { prompts: { source: 'a heart', target: 'a red heart' }, words: ['heart'] };
    for (let i = 0; i < 200; i++)
      writeEdit(join(folder, 'many', `${i}.png`), i % 10 === 0 ? more : {}, disc(i));
    const theirs = join(folder, 'theirs');
    mkdirSync(theirs);
    for (const name of ['edit1', 'edit2']) writeFileSync(join(theirs, `${name}.png`), encodePng(disc(90)));
    writeFileSync(join(theirs, 'scores.csv'), 'result,clip_t,l1\nedit1.png,0.3,0.2\nedit2.png,0.1,0.1\n');
    const ours = 'result,clip_t,l1\nedit1.png,0.2,0.1\nedit2.png,0.2,0.1\n';
    writeFileSync(join(folder, 'few', 'scores.csv'), ours);
  });

  afterAll(async () => {
    await browser?.close();
  });

  const everyNotice: Omit<WatchedPage, 'page'>[] = [];

  const open = async (url: string, width = 1280) => {
    await page?.context().close();
    const viewport = { width, height: 900 };
    const context = await browser.newContext({ viewport, isMobile: width < 600 });
    const { page: opened, ...notices } = await openWatched(context, url);
    page = opened;
    everyNotice.push(notices);
  };

  test.each(WIDTHS)(
    'is whole at %i pixels: every picture is there, nothing is fetched or wider',
    async (width) => {
      await open(report('few'), width);
      expect(await shownOf('article')).toBe(4);
      await page.evaluate(`Promise.all(Array.from(document.images, (image) => {
        image.loading = 'eager';
        return image.decode();
      }))`);
      expect(await page.evaluate('document.images.length')).toBe(3 * (2 + 1 + 4) + 1);
      expect(await isWide()).toBe(false);
      expect(await shownOf('.chart svg')).toBe(12);
      expect(await shownOf('.exhausted')).toBe(12);
      expect(await texts('.failure')).toEqual(['Failed: the device was lost']);
      expect(await texts('article mark')).toEqual(['circle', 'circle', 'circle', 'circle']);
    },
  );

  test('is used by keys alone: slider, modes, scrubber', async () => {
    await open(report('few/edit1.png'));
    await tabTo('.modes input');
    for (const mode of ['side', 'fade', 'difference']) {
      await page.keyboard.press('ArrowRight');
      expect(await page.evaluate('document.documentElement.dataset.mode')).toBe(mode);
      expect(await page.evaluate('location.hash')).toBe(`#mode=${mode}`);
    }
    await page.keyboard.press('ArrowRight');
    await tabTo('.stage > input');
    await page.keyboard.press('ArrowRight');
    expect(await first('.stage', `element.style.getPropertyValue('--at')`)).toBe('0.51');
    expect(await first('.after', 'getComputedStyle(element).clipPath')).toMatch(
      /^inset\(0(?:px)? 0(?:px)? 0(?:px)? .*51%/,
    );

    const picture = () => first<string>('.after img', 'element.src');
    const result = await picture();
    await tabTo('.scrubber input');
    await page.keyboard.press('Home');
    expect(await texts('.scrubber output')).toEqual(['iteration 0 of 5']);
    expect(await texts('.strip [aria-current=true]')).toEqual(['0']);
    expect(await picture()).not.toBe(result);
    expect(await texts('.chart .value')).toEqual(['std 0.1', 'threshold 0.01', 'attempts 1', 'timestep 900']);
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    expect(await texts('.scrubber output')).toEqual(['iteration 4 of 5, exhausted']);
    await page.keyboard.press('End');
    expect(await picture()).toBe(result);
  });

  test('a curve moves the scrubber where it is pointed at', async () => {
    await open(report('few/edit1.png'));
    const plot = page.locator('.chart svg').nth(2);
    const { width } = (await plot.boundingBox())!;
    await plot.click({ position: { x: width * 0.115, y: 5 } });
    expect(await first('.scrubber input', 'element.value')).toBe('0');
  });

  test('the table sorts by keys, keeps the focus, and marks the best of each edit', async () => {
    await open(report('few', 'theirs'));
    expect(await texts('article h3')).toEqual(['few', 'theirs', 'few', 'theirs', 'few', 'few']);
    expect(await texts('thead button')).toEqual([
      ...['Edit', 'Method', 'Source prompt', 'Target prompt'],
      ...['Draws a step', 'Exhausted steps ↓', 'CLIP-T ↑', 'L1 ↓'],
    ]);
    const names = () => texts('tbody tr > :first-child');
    expect((await names()).length).toBe(6);
    await tabTo('thead button[title="sort by CLIP-T"]');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('location.hash')).toBe('#sort=-clip_t');
    expect(await page.evaluate('document.activeElement.title')).toBe('sort by CLIP-T');
    expect(await first('th[aria-sort=descending]', 'element.textContent')).toBe('CLIP-T ↑');
    const scores = () => texts('tbody tr > :nth-last-child(2)');
    expect(await scores()).toEqual(['★ 0.3000', '0.2000', '★ 0.2000', '0.1000', '–', '–']);
    await page.keyboard.press('Enter');
    expect(await scores()).toEqual(['0.1000', '0.2000', '★ 0.2000', '★ 0.3000', '–', '–']);
    // Of edit1 ours is nearer, in edit2 both are alike.
    expect((await texts('tbody .best')).filter((text) => text.includes('0.1000'))).toHaveLength(1);
    await tabTo('.chooser summary');
    await page.keyboard.press('Enter');
    await tabTo('.chooser input[value=source]');
    await page.keyboard.press(' ');
    expect(await texts('thead button')).not.toContain('Source prompt');
  });

  test('the enlarged edit: keys go on, zoom and pan both pictures, and give the focus back', async () => {
    await open(report('few'));
    await tabTo('article > header button');
    await page.keyboard.press('Enter');
    expect(await first('dialog', 'element.open')).toBe(true);
    expect(await texts('dialog h2')).toEqual(['edit1']);
    expect(await page.evaluate('location.hash')).toBe('#edit=edit1');
    await page.keyboard.press('+');
    await page.keyboard.press('ArrowDown');
    const transforms = () =>
      page.evaluate<string[]>(
        `Array.from(document.querySelectorAll('.panels img'), (e) => getComputedStyle(e).transform)`,
      );
    expect(await transforms()).toEqual(['matrix(1.5, 0, 0, 1.5, 0, -60)', 'matrix(1.5, 0, 0, 1.5, 0, -60)']);
    await page.keyboard.press('0');
    // The wheel leaves the point under the pointer where it is, here some 100 pixels from the middle.
    const frame = (await page.locator('.panels figure > div').first().boundingBox())!;
    const middle = frame.x + frame.width / 2;
    const pointer = Math.round(middle + 100);
    await page.mouse.move(pointer, frame.y + frame.height / 2);
    await page.mouse.wheel(0, -500);
    const [scale, shift] = await page.evaluate<number[]>(`(() => {
      const { a, e } = new DOMMatrix(getComputedStyle(document.querySelectorAll('.panels img')[1]).transform);
      return [a, e];
    })()`);
    expect(scale).toBeCloseTo(1.002 ** 500, 3);
    expect(shift).toBeCloseTo((pointer - middle) * (1 - 1.002 ** 500), 2);
    await page.keyboard.press('0');
    expect(await transforms()).toEqual(['matrix(1, 0, 0, 1, 0, 0)', 'matrix(1, 0, 0, 1, 0, 0)']);
    await page.keyboard.press('ArrowRight');
    expect(await texts('dialog h2')).toEqual(['edit2']);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await texts('dialog h2')).toEqual(['lost']);
    await page.keyboard.press('Escape');
    expect(await first('dialog', 'element.open')).toBe(false);
    await nextFrame();
    expect(await page.evaluate('location.hash')).toBe('');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('enlarge edit1');
  });

  test('an address opens the view that it was taken from, and follows when it is changed', async () => {
    const url = report('few');
    await open(`${url}#text=edit&score=clip_t&min=0.2&mode=side&mask=40&theme=dark`);
    expect(await texts('article h2')).toEqual(['edit1', 'edit2']);
    expect(await texts('.count')).toEqual(['2 of 4 edits']);
    expect(await first('input[type=search]', 'element.value')).toBe('edit');
    expect(await first('.mask', 'getComputedStyle(element).opacity')).toBe('0.4');
    const background = () => first<string>('html', 'getComputedStyle(element).backgroundColor');
    const dark = await background();
    await page.evaluate(`(location.hash = '#status=failed&theme=light', new Promise((r) => setTimeout(r)))`);
    expect(await texts('article h2')).toEqual(['lost']);
    expect(await background()).not.toBe(dark);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.evaluate(`(location.hash = '', new Promise((r) => setTimeout(r)))`);
    expect(await background()).toBe(dark);
  });

  test('is printed as pairs, with everything open', async () => {
    await open(`${report('few')}#mode=difference`);
    await page.evaluate(`document.querySelectorAll('details').forEach((each) => { each.open = false; })`);
    await page.emulateMedia({ media: 'print' });
    await nextFrame();
    expect(await page.evaluate(`document.querySelectorAll('details.curves:not([open])').length`)).toBe(0);
    expect(await shownOf('.chart svg')).toBe(12);
    expect(await shownOf('.toolbar, .stage > input, .handle')).toBe(0);
    const [before, after] = await page.evaluate<{ left: number; right: number; top: number }[]>(
      `['.before', '.after'].map((each) => document.querySelector(each).getBoundingClientRect().toJSON())`,
    );
    expect(after!.left).toBeGreaterThanOrEqual(before!.right);
    expect(after!.top).toBe(before!.top);
    const pdf = await page.pdf({ printBackground: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: 'screen' });
    await nextFrame();
    expect(await page.evaluate(`document.querySelectorAll('details[open]').length`)).toBe(0);
  });

  test('with 200 edits pictures come when they are looked at', async () => {
    await open(report('many'));
    // Many are of pictures that are on the page already; each edit has a result of its own.
    const loaded = () =>
      page.evaluate<number>(`[...document.querySelectorAll('.after img')]
      .filter((image) => image.naturalWidth > 0).length`);
    expect(await page.evaluate(`document.querySelectorAll('article').length`)).toBe(200);
    expect(await loaded()).toBeLessThan(100);
    await page.evaluate(`new Promise((resolve) => {
      const image = [...document.querySelectorAll('.after img')].at(-1);
      image.addEventListener('load', resolve);
      image.scrollIntoView();
    })`);
  });

  test.each(WIDTHS)('200 edits are searched at %i pixels', async (width) => {
    await open(`${report('many')}#text=heart`, width);
    expect(await texts('.count')).toEqual(['20 of 200 edits']);
    expect(await shownOf('article')).toBe(20);
    expect(await isWide()).toBe(false);
  });

  test.each(WIDTHS)('with no edit at %i pixels it says so', async (width) => {
    const empty = { title: 'Nothing', methods: [], columns: [], edits: [] };
    const code = await readPageCode(new URL('../../dist/report/', import.meta.url));
    const output = join(folder, 'nothing.html');
    writeFileSync(output, reportPage({ report: empty, pictures: [] }, code));
    await open(pathToFileURL(output).href, width);
    expect(await texts('.nothing')).toEqual(['There are no edits.']);
    expect(await shownOf('table')).toBe(0);
  });

  test('texts of others are text: nothing in a prompt or a name becomes part of the page', async () => {
    const text = '</script><img src=x onerror="document.title = 1">&amp;';
    const evil = join(folder, 'evil');
    writeEdit(join(evil, 'a<b>&.png'), { prompts: { source: text, target: text }, words: ['img', '.*'] });
    await open(report('evil'));
    expect(await texts('article h2')).toEqual(['a<b>&']);
    expect(await texts('.target')).toEqual([text]);
    expect(await page.title()).toBe('evil');
  });

  test('nothing of all this was complained about, or asked of a network', () => {
    for (const notices of everyNotice)
      expect(notices).toEqual({ errors: [], messages: [], failed: [], foreign: [] });
  });

  test('the page has no module, no fetch and no canvas in it', () => {
    const script = readFileSync(new URL('../../dist/report/main.js', import.meta.url), 'utf8');
    expect(script).not.toMatch(
      /\bfetch\(|getContext|XMLHttpRequest|import\(|\bimport\b.*\bfrom\b|type=.?module/,
    );
  });
});
