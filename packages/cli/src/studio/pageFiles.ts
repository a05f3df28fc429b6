import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../ui/errors.ts';

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The files of the built page by their paths on the server. Only these are served, so that no path leads elsewhere.
 * @throws CliError if the installation lacks them
 */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const folder = fileURLToPath(new URL('./page/', import.meta.resolve('@lusd/studio')));
  const files = new Map<string, PageFile>();
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const type = TYPES[extname(entry.name)];
      // Of the model beside the page, which the server has itself, nothing is served.
      if (entry.isFile() && type)
        files.set(`/${relative(folder, path).split(sep).join('/')}`, { type, bytes: readFileSync(path) });
    }
  } catch (cause) {
    throw new CliError('the installation of lusd lacks the page of the studio; install it again', { cause });
  }
  return files;
}
