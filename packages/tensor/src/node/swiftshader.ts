import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { cacheFolder } from './cacheFolder.ts';

/** The packaged SwiftShader archive of `@sparticuz/chromium`, or null if that package is not installed. */
function findArchive(): string | null {
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve('@sparticuz/chromium');
    const archive = join(dirname(entry), '..', '..', 'bin', 'swiftshader.tar.br');
    return existsSync(archive) ? archive : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** Plain files of a tar archive: 512-byte headers, contents padded to 512. */
function* tarFiles(tar: Buffer): Generator<{ name: string; data: Buffer }> {
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/, '');
    const size = Number.parseInt(tar.toString('ascii', at + 124, at + 136), 8);
    const isFile = tar[at + 156] === 0x30 || tar[at + 156] === 0;
    if (isFile) yield { name: basename(name), data: tar.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

/** Unpacks the driver once a machine; the folder gets its name only when it is complete. */
function unpack(archive: string): string {
  const data = readFileSync(archive);
  const folder = join(cacheFolder(), `swiftshader-${data.length}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}-`);
  for (const file of tarFiles(brotliDecompressSync(data)))
    writeFileSync(join(temporary, file.name), file.data);
  try {
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // another process was first
  }
  return folder;
}

/** The files of a Vulkan driver with a loader of its own. */
export interface PackagedDriver {
  readonly loader: string;
  /** The driver file that the loader reads. */
  readonly driver: string;
}

/** The packaged SwiftShader, unpacked, or null if the package or the platform lacks it. */
export function findSwiftShader(): PackagedDriver | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const archive = findArchive();
  if (!archive) return null;
  const folder = unpack(archive);
  return { loader: join(folder, 'libvulkan.so.1'), driver: join(folder, 'vk_swiftshader_icd.json') };
}
