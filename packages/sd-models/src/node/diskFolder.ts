import { open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CheckpointError } from '../checkpointError.ts';
import type { ModelFile, ModelFolder } from '../files/modelFiles.ts';

/** A model's folder or file on this machine's disk. @throws CheckpointError if there is nothing at `path` */
export async function modelAt(path: string): Promise<ModelFolder | ModelFile> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw new CheckpointError(`${path} cannot be read; give a model folder or a .safetensors file.`, {
      cause,
    });
  });
  return stats.isDirectory() ? diskFolder(path) : diskFile(path);
}

/** A folder on the disk; it need not exist. */
export function diskFolder(path: string): ModelFolder {
  return {
    kind: 'folder',
    name: path,
    find: async (inner) => ((await isThere(join(path, inner))) ? diskFile(join(path, inner)) : null),
    list: async (inner) => unlessMissing(readdir(join(path, inner)), []),
  };
}

/** A file on the disk. */
export function diskFile(path: string): ModelFile {
  return {
    kind: 'file',
    name: path,
    source: path,
    text: () => readFile(path, 'utf8'),
    head: (length) => readHead(path, length),
    beside: (name) => diskFolder(dirname(path)).find(name),
    folder: diskFolder(dirname(path)),
  };
}

async function readHead(path: string, length: number): Promise<Uint8Array> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}

async function isThere(path: string): Promise<boolean> {
  return unlessMissing(
    stat(path).then(() => true),
    false,
  );
}

/** What there is, or `otherwise` if there is nothing. @throws CheckpointError if it cannot be looked at */
async function unlessMissing<T>(found: Promise<T>, otherwise: T): Promise<T> {
  return found.catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return otherwise;
    throw new CheckpointError(`${cause.path ?? 'a folder'} cannot be read; check its permissions.`, {
      cause,
    });
  });
}
