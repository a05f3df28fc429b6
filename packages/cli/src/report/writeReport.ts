import { writeWholeFile } from '@lusd/sd-models/node';
import type { Log } from '../ui/log.ts';
import { Progress } from '../ui/progress.ts';
import type { Collected } from './collect.ts';
import type { Picture } from './model.ts';
import { reportPage } from './page.ts';
import { readPageCode } from './pageCode.ts';
import { besidePage, inPage, storePicture } from './pictureStore.ts';

/** A page with more edits than this has its pictures in files beside it, which it loads when they are looked at. */
const MOST_IN_ONE_FILE = 30;

/** Pictures that are read and encoded at once, for every core to have work. */
const AT_ONCE = 8;

/**
 * Writes a report's page, and beside it the pictures of a large one.
 * @throws Error naming a picture that cannot be read, or a file that cannot be written; the signal's reason
 */
export async function writeReport(
  path: string,
  { report, pictures: wanted }: Collected,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const store = report.edits.length > MOST_IN_ONE_FILE ? await besidePage(path) : inPage;
  const code = await readPageCode();
  const pictures: Picture[] = [];
  using progress = new Progress(log, wanted.length, { unit: 'pictures' });
  while (pictures.length < wanted.length) {
    signal.throwIfAborted();
    const next = wanted.slice(pictures.length, pictures.length + AT_ONCE);
    pictures.push(...(await Promise.all(next.map((picture) => storePicture(picture, store)))));
    progress.update(pictures.length);
  }
  await writeWholeFile(path, reportPage({ report, pictures }, code));
  await store.finish();
}
