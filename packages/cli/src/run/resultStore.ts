import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Image, writePng } from '@lusd/sd-models';
import { exists, makeFolder, writeTextFile } from '../files.ts';
import type { ReadyJob } from './jobs.ts';

/**
 * The output folder: `{name}.png`, and `.cache/{name}/` with previews and `config.json`. A job is done when its
 * result stands beside its configuration: the configuration is written before the work, the result, in one
 * rename, after it; so a job that was stopped anywhere is done again, and one that was finished never is.
 */
export class ResultStore {
  constructor(private readonly folder: string) {}

  resultPath({ name }: ReadyJob): string {
    return join(this.folder, `${name}.png`);
  }

  cacheFolder({ name }: ReadyJob): string {
    return join(this.folder, '.cache', name);
  }

  /** Whether the job's result was made with the same configuration. */
  async isDone(job: ReadyJob): Promise<boolean> {
    if (!(await exists(this.resultPath(job)))) return false;
    const stored = await readFile(this.configPath(job), 'utf8').catch(() => null);
    return stored === configText(job);
  }

  /** Clears what earlier starts left of the job and notes its configuration. */
  async begin(job: ReadyJob): Promise<void> {
    await rm(this.resultPath(job), { force: true });
    await rm(this.cacheFolder(job), { recursive: true, force: true });
    await this.removeHalfFiles(job);
    await makeFolder(this.cacheFolder(job));
    await writeTextFile(this.configPath(job), configText(job));
  }

  async finish(job: ReadyJob, result: Image): Promise<void> {
    await writePng(this.resultPath(job), result);
  }

  private configPath(job: ReadyJob): string {
    return join(this.cacheFolder(job), 'config.json');
  }

  /** Temporary files of a process that was killed while it wrote. */
  private async removeHalfFiles({ name }: ReadyJob): Promise<void> {
    const files = await readdir(this.folder);
    const halves = files.filter((file) => file.startsWith(`${name}.png.`) && file.endsWith('.tmp'));
    for (const file of halves) await rm(join(this.folder, file), { force: true });
  }
}

function configText({ configuration }: ReadyJob): string {
  return `${JSON.stringify(configuration, null, 2)}\n`;
}
