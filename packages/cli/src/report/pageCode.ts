import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { reason } from '@lusd/sd-models/node';

/** What every report's page has in it: `client/`, bundled when the package is built. */
export interface PageCode {
  readonly script: string;
  readonly style: string;
}

/** @param folder where the build put it @throws Error if the package was not built */
export async function readPageCode(folder = new URL('./report/', import.meta.url)): Promise<PageCode> {
  const read = (name: string) =>
    readFile(new URL(name, folder), 'utf8').catch((cause: unknown) => {
      const path = fileURLToPath(new URL(name, folder));
      throw new Error(`${path} cannot be read: ${reason(cause)}; install lusd again`, { cause });
    });
  return { script: await read('main.js'), style: await read('style.css') };
}
