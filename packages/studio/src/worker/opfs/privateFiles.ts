/** What of a worker's file handles TypeScript's library for pages lacks. */
export interface PrivateFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncAccess>;
  move(name: string): Promise<void>;
}

/** A file that is open for reading and writing; close it. */
export interface SyncAccess {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(from: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** The ending of a file that is being written. */
export const PART = '.part';

/** The folder of all weights that this origin keeps. */
export async function weightsRoot(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle('weights', { create: true });
}

/** The file at a path with `/`, made with its folders where it is missing. */
export async function createFile(
  folder: FileSystemDirectoryHandle,
  path: string,
): Promise<PrivateFileHandle> {
  const parts = path.split('/');
  const name = parts.pop() ?? path;
  let inner = folder;
  for (const part of parts) inner = await inner.getDirectoryHandle(part, { create: true });
  return (await inner.getFileHandle(name, { create: true })) as PrivateFileHandle;
}

/** Every file in a folder, by its path. */
export async function filesIn(folder: FileSystemDirectoryHandle, prefix = ''): Promise<Map<string, File>> {
  const files = new Map<string, File>();
  for await (const [name, handle] of folder) {
    if (handle.kind === 'file') files.set(prefix + name, await (handle as FileSystemFileHandle).getFile());
    else
      for (const entry of await filesIn(handle as FileSystemDirectoryHandle, `${prefix}${name}/`))
        files.set(...entry);
  }
  return files;
}

/** Writes a whole file; it appears under its name once it is complete. */
export async function writeText(
  folder: FileSystemDirectoryHandle,
  name: string,
  text: string,
): Promise<void> {
  const part = await createFile(folder, name + PART);
  const access = await part.createSyncAccessHandle();
  try {
    access.truncate(0);
    access.write(new TextEncoder().encode(text), { at: 0 });
    access.flush();
  } finally {
    access.close();
  }
  await part.move(name);
}
