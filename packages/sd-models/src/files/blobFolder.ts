import { baseName, type ModelFile, type ModelFolder } from './modelFiles.ts';

/**
 * A folder of files that a browser gave: the files of an `<input type="file" webkitdirectory>`, or any others by their
 * paths.
 *
 * @param files by path relative to the folder, with `/`
 * @param name what messages call the folder
 */
export function blobFolder(files: ReadonlyMap<string, Blob>, name: string): ModelFolder {
  const folder: ModelFolder = {
    kind: 'folder',
    name,
    find: async (path) => {
      const blob = files.get(path);
      return blob ? fileIn(folder, path, blob) : null;
    },
    list: async (path) => {
      const prefix = path === '' ? '' : `${path}/`;
      const inside = [...files.keys()].filter((file) => file.startsWith(prefix));
      return [...new Set(inside.map((file) => file.slice(prefix.length).replace(/\/.*$/, '')))];
    },
  };
  return folder;
}

/** A file as a browser's folder picker gives it. */
export type PickedFile = File & { readonly webkitRelativePath: string };

/** The files that a browser's folder picker gives: their paths start with the folder that was picked. */
export function pickedFolder(files: Iterable<PickedFile>): ModelFolder {
  const all = [...files];
  const name = all[0]?.webkitRelativePath.split('/')[0] || 'the folder';
  const byPath = new Map(all.map((file) => [file.webkitRelativePath.replace(/^[^/]*\//, ''), file] as const));
  return blobFolder(byPath, name);
}

/** One file that a browser gave. */
export function blobFile(blob: Blob, name = blob instanceof File ? blob.name : 'the file'): ModelFile {
  return fileIn(null, name, blob);
}

function fileIn(folder: ModelFolder | null, path: string, blob: Blob): ModelFile {
  const prefix = path.slice(0, path.length - baseName(path).length);
  return {
    kind: 'file',
    name: folder ? `${folder.name}/${path}` : path,
    source: blob,
    text: () => blob.text(),
    head: async (length) => new Uint8Array(await blob.slice(0, length).arrayBuffer()),
    beside: async (name) => (folder ? folder.find(prefix + name) : null),
    folder,
  };
}
