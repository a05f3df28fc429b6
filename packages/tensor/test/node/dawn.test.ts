import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';

const root = new URL('.', `file://${createRequire(import.meta.url).resolve('webgpu')}`);

/** The newest version of a library's symbols that Dawn's needs, as numbers. */
function newest(library: string, arch: string): readonly number[] {
  const elf = readFileSync(new URL(`dist/linux-${arch}/dawn.node`, root), 'latin1');
  const versions = [...elf.matchAll(new RegExp(`\\0${library}_([\\d.]+)(?=\\0)`, 'g'))].map(([, version]) =>
    version!.split('.').map(Number),
  );
  return versions.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || (a[2] ?? 0) - (b[2] ?? 0)).at(-1)!;
}

// Debian 12 has glibc 2.36 and GCC 12.2 (https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html).
test.each(['x64', 'arm64'])('on %s Dawn needs what docs/cluster.md says', (arch) => {
  expect(newest('GLIBC', arch)).toEqual([2, 34]);
  expect(newest('GLIBCXX', arch)).toEqual([3, 4, 30]);
});
