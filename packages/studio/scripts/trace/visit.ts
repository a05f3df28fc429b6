import type { Page } from '@lusd/testing/drivenBrowser';
import type { HistoryEntry } from '../../src/page/history/database.ts';
import { setOption, start, untilStatus } from '../../test/browser/person.ts';
import { moment, open, REST } from './moment.ts';
import { painter } from './painter.ts';

/** A picture to edit, and how long the edit is. */
export interface Subject {
  /** A file; null for an example of the page. */
  readonly file: string | null;
  readonly numSteps: number;
  readonly saveStep: number;
  readonly isRecorded: boolean;
  /** Steps after which the mask is shown, and the edit is paused. */
  readonly watched: number;
  /** Edits in the history when the page is opened again. */
  readonly history: number;
  /** Lines that are painted before the edit starts. */
  readonly lines: number;
}

/** Edits a picture as a person would, and marks the moments: from the page's first load to one with a history. */
export async function visit(page: Page, address: string, subject: Subject): Promise<void> {
  await open(page, address);
  await choose(page, subject);
  const paint = await painter(page);
  await moment(page, 'the mask is painted');
  await paint.lines(subject.lines);
  await moment(page, 'start');
  await start(page);
  await paint.lines(3);
  await watch(page, subject);
  await lookBack(page);
  await copyEdit(page, subject.history);
  await page.reload();
  await page.waitForTimeout(2 * REST);
  await moment(page, 'an edit of the history is opened');
  await page
    .getByRole('button', { name: /^Open: / })
    .first()
    .click();
  await untilStatus(page, /^Done/);
  await page.waitForTimeout(REST);
  await moment(page, 'steps, under a long history');
  await start(page);
  await untilSteps(page, subject.watched);
}

async function choose(page: Page, { file, numSteps, saveStep, isRecorded }: Subject): Promise<void> {
  await moment(page, 'the picture is chosen');
  if (file === null) await page.getByRole('button', { name: /a yellow heart at sea/ }).click();
  else await page.locator('input[aria-label="Choose a picture"]').setInputFiles(file);
  await page.getByRole('application', { name: /^Mask/ }).waitFor();
  await page.waitForTimeout(REST);
  await moment(page, 'options are set');
  await page.getByLabel('The picture shows').fill('a yellow heart at sea');
  await page.getByLabel('It should show').fill('a red heart at sea');
  await setOption(page, 'Picture', 'save-step', String(saveStep));
  if (isRecorded) await setOption(page, 'Picture', 'record', 'true');
  await setOption(page, 'Strength and length', 'num-steps', String(numSteps));
  await page.getByLabel('Feather').fill('20');
  await page.waitForTimeout(REST);
}

/** Follows the edit to its end: with the mask shown, over a pause. */
async function watch(page: Page, { watched }: Subject): Promise<void> {
  await moment(page, 'steps and previews');
  await untilSteps(page, watched);
  await moment(page, 'the mask over them');
  await page.getByLabel("Model's mask").check();
  await untilSteps(page, 2 * watched);
  await moment(page, 'the slider of before and after');
  for (let percent = 0; percent <= 100; percent += 5)
    await page.getByLabel(/^Before and after/).fill(String(percent));
  await moment(page, 'pause');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.waitForTimeout(REST);
  await moment(page, 'on, to the end');
  await page.getByRole('button', { name: 'Go on' }).click();
  await untilStatus(page, /^Done/, 600_000);
  await page.waitForTimeout(REST);
}

async function untilSteps(page: Page, count: number): Promise<void> {
  const progress = page.locator('progress');
  while (Number(await progress.getAttribute('value')) < count) await page.waitForTimeout(100);
}

async function lookBack(page: Page): Promise<void> {
  await moment(page, 'download');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download PNG' }).click();
  await download;
  await page.waitForTimeout(REST);
  await moment(page, 'the slider of steps');
  for (let step = 0; step < 4; step++)
    await page.getByLabel('Step of the edit that is shown').fill(String(step % 2));
}

/** Fills the history with copies of the edit. */
async function copyEdit(page: Page, count: number): Promise<void> {
  await moment(page, 'the history is filled, by this program');
  await page.evaluate((count) => {
    indexedDB.open('lusd-studio').onsuccess = ({ target }) => {
      const database = (target as IDBOpenDBRequest).result;
      const store = database.transaction('entries', 'readwrite').objectStore('entries');
      store.getAll().onsuccess = ({ target }) => {
        const [entry] = (target as IDBRequest<HistoryEntry[]>).result;
        if (!entry) throw new Error('the edit is not in the history');
        for (let i = 1; i < count; i++) {
          const startedAt = entry.startedAt - i;
          store.put({ ...entry, id: `copy ${i}`, startedAt, picture: entry.before, trajectory: null });
        }
      };
    };
  }, count);
  await page.waitForTimeout(REST);
}
