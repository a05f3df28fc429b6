import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from '@lusd/sd-models/node';
import { cacheFolderOf } from '../edit/editKeeper.ts';
import { exists, makeFolder, removeHalfFiles } from '../files.ts';
import type { Configuration, ReadyJob } from './jobs.ts';

/**
 * The output folder: `{name}.png`, and `.cache/{name}/` with `config.json` and what an `EditKeeper` keeps. A job is
 * done when `config.json` holds its configuration and the checksum of the result that is there. The checksum is
 * written just before the result: a job that was interrupted is repeated, a finished one is not, and an earlier result
 * stays until the new one replaces it.
 */
export class ResultStore {
  constructor(private readonly folder: string) {}

  resultPath({ name }: Pick<ReadyJob, 'name'>): string {
    return join(this.folder, `${name}.png`);
  }

  private cacheFolder(job: ReadyJob): string {
    return cacheFolderOf(this.resultPath(job));
  }

  /** Whether the job's result exists, is complete and was made with the same configuration. */
  async isDone(job: ReadyJob): Promise<boolean> {
    const [stored, result] = await Promise.all([
      readIfThere(this.configPath(job)),
      readIfThere(this.resultPath(job)),
    ]);
    return result !== null && stored?.toString() === configText(job.configuration, result);
  }

  /** Whether the folder has a result of the job's name, of any configuration. */
  async hasResult(job: Pick<ReadyJob, 'name'>): Promise<boolean> {
    return exists(this.resultPath(job));
  }

  /** Removes the job's previews and partial files of earlier runs, and writes its configuration. */
  async begin(job: ReadyJob): Promise<void> {
    await rm(this.cacheFolder(job), { recursive: true, force: true });
    await removeHalfFiles(this.resultPath(job));
    await makeFolder(this.cacheFolder(job));
    await writeWholeFile(this.configPath(job), configText(job.configuration, null));
  }

  /** @param result the result's file */
  async finish(job: ReadyJob, result: Uint8Array): Promise<void> {
    await writeWholeFile(this.configPath(job), configText(job.configuration, result));
    await writeWholeFile(this.resultPath(job), result);
  }

  private configPath(job: ReadyJob): string {
    return join(this.cacheFolder(job), 'config.json');
  }
}

/** A file that cannot be read counts as missing; writing it again then reports the cause. */
async function readIfThere(path: string): Promise<Buffer | null> {
  return readFile(path).catch(() => null);
}

/** @param result the result's file, or null before there is one */
function configText(configuration: Configuration, result: Uint8Array | null): string {
  const result_sha256 = result && createHash('sha256').update(result).digest('hex');
  return `${JSON.stringify({ ...configuration, result_sha256 }, null, 2)}\n`;
}
