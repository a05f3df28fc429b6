import { copyFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { EvaluationReport, ReportItem, StudyKey, StudyTrial } from '@lusd/lusd/metrics';
import { reason, writeWholeFile } from '@lusd/sd-models/node';
import { makeFolder } from '../files.ts';
import { CliError } from '../ui/errors.ts';
import { type PageTrial, studyPage } from './page.ts';

/** Which method is on which side; not for participants. */
export const KEY = 'key.json';

/**
 * Writes a study: `page/` for participants, `key.json` for who evaluates it. The pictures are copied under names that
 * do not tell the methods.
 * @throws CliError for items without a source or a text; Error naming a file that cannot be read or written
 */
export async function writeStudy(
  folder: string,
  key: StudyKey,
  reports: readonly EvaluationReport[],
): Promise<void> {
  const page = join(folder, 'page');
  await makeFolder(join(page, 'pictures'));
  const items = new Map(
    reports.map(({ method, items }) => [method, new Map(items.map((item) => [item.id, item]))]),
  );
  const trials: PageTrial[] = [];
  for (const [i, trial] of key.trials.entries())
    trials.push(
      await writeTrial(
        page,
        String(i).padStart(4, '0'),
        trial,
        (method) => items.get(method)!.get(trial.item)!,
      ),
    );
  await writeWholeFile(join(folder, KEY), `${JSON.stringify(key, null, 2)}\n`);
  await writeWholeFile(join(page, 'index.html'), studyPage(key.study, trials));
}

async function writeTrial(
  page: string,
  name: string,
  { left, right, item }: StudyTrial,
  itemOf: (method: string) => ReportItem,
): Promise<PageTrial> {
  const copy = async (path: string, side: string): Promise<string> => {
    const picture = `pictures/${name}-${side}${extname(path).toLowerCase()}`;
    await copyFile(path, join(page, picture)).catch((cause: unknown) => {
      throw new Error(`${path} cannot be copied: ${reason(cause)}`, { cause });
    });
    return picture;
  };
  const { source, targetText } = itemOf(left);
  if (source === undefined || targetText === undefined)
    throw new CliError(
      `${item} has no ${source === undefined ? 'source' : 'target text'}, which a study shows; score it again with one`,
    );
  return {
    prompt: targetText,
    source: await copy(source, 'source'),
    left: await copy(itemOf(left).result, 'left'),
    right: await copy(itemOf(right).result, 'right'),
  };
}
