import { CheckpointError } from '../checkpointError.ts';
import { isInside, type ModelFile, type ModelFolder } from './modelFiles.ts';

const NOT_THERE = [404, 410];

/**
 * A folder behind a web address, such as `https://huggingface.co/org/model/resolve/main/`. Weights are read by ranges,
 * so the server must support them. A web server lists no folders: files are requested by name.
 */
export function urlFolder(address: string | URL): ModelFolder {
  const base = new URL(address);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const folder: ModelFolder = {
    kind: 'folder',
    name: base.href.replace(/\/$/, ''),
    find: async (path) => {
      if (!isInside(path)) throw new CheckpointError(`'${path}' is outside ${base}; give a file inside it.`);
      const url = new URL(path, base);
      return (await isThere(url)) ? fileAt(url, folder) : null;
    },
    list: async () => [],
  };
  return folder;
}

/** A file behind a web address, which must support ranges. */
export function urlFile(address: string | URL): ModelFile {
  const url = new URL(address);
  return fileAt(url, urlFolder(new URL('.', url)));
}

function fileAt(url: URL, folder: ModelFolder): ModelFile {
  return {
    kind: 'file',
    name: url.href,
    source: url,
    text: async () => (await get(url)).text(),
    head: async (length) => {
      const response = await get(url, { headers: { range: `bytes=0-${length - 1}` } });
      return new Uint8Array(await response.arrayBuffer()).subarray(0, length);
    },
    beside: (name) => urlFolder(new URL('.', url)).find(name),
    folder,
  };
}

async function isThere(url: URL): Promise<boolean> {
  const response = await request(url, { method: 'HEAD' });
  if (response.ok) return true;
  if (NOT_THERE.includes(response.status)) return false;
  throw refused(url, response);
}

async function get(url: URL, init?: RequestInit): Promise<Response> {
  const response = await request(url, init);
  if (response.ok) return response;
  throw refused(url, response);
}

async function request(url: URL, init?: RequestInit): Promise<Response> {
  return fetch(url, init).catch((cause: unknown) => {
    throw new CheckpointError(`${url} cannot be reached; check the address and the network.`, { cause });
  });
}

function refused(url: URL, { status, statusText }: Response): CheckpointError {
  return new CheckpointError(
    `${url} answered ${status} ${statusText}; check the address.`.replace(' ;', ';'),
  );
}
