import { blobFolder, type ModelFolder } from '../../src/index.ts';

const BLOCK = 512;
const [NAME, SIZE, TYPE] = [0, 124, 156] as const;

/**
 * A model folder in a tar archive (POSIX ustar), not compressed. Of weights only what is asked for is read, so that an
 * archive may be larger than memory.
 */
export async function tarFolder(archive: Blob, name: string): Promise<ModelFolder> {
  const files = new Map<string, Blob>();
  for (let at = 0; at + BLOCK <= archive.size; ) {
    const header = await archive.slice(at, at + BLOCK).arrayBuffer();
    const text = (offset: number, length: number) =>
      new TextDecoder().decode(header.slice(offset, offset + length)).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(SIZE, 12), 8) || 0;
    const [path, type] = [text(NAME, 100).replace(/^\.\//, ''), text(TYPE, 1)];
    at += BLOCK;
    if (type === '0') files.set(path, archive.slice(at, at + size));
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return blobFolder(files, name);
}
