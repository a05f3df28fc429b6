import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Image } from '@lusd/sd-models';
import { encodePng } from '@lusd/sd-models/node';

/** A red disc on sand under a pale sky, its middle `x` pixels from the left. */
export function disc(x = 64): Image {
  const data = Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => {
    const [column, row] = [Math.floor(i / 3) % 128, Math.floor(i / 384)];
    const inside = (column - x) ** 2 + (row - 64) ** 2 < 24 ** 2;
    return (inside ? [220, 40, 40] : row < 60 ? [150, 190, 210] : [200, 175, 125])[i % 3]!;
  });
  return { width: 128, height: 128, data };
}

/** One colour everywhere, of `disc`'s size. */
export function plain(level: number): Image {
  return { width: 128, height: 128, data: new Uint8Array(128 * 128 * 3).fill(level) };
}

export const HEADER = 'img_path,source_prompt,target_prompt';

/** An input folder of `lusd run` with a row for each picture. */
export function writeInput(folder: string, pictures: Readonly<Record<string, Uint8Array>>): string {
  mkdirSync(join(folder, 'images'), { recursive: true });
  for (const [name, bytes] of Object.entries(pictures)) writeFileSync(join(folder, 'images', name), bytes);
  return writeIndex(folder, Object.keys(pictures));
}

/** index.csv with a row for each name. */
export function writeIndex(folder: string, names: readonly string[]): string {
  const rows = names.map((name) => `${name},a red circle on sand,a blue circle on sand`);
  writeFileSync(join(folder, 'index.csv'), [HEADER, ...rows, ''].join('\n'));
  return folder;
}

/** Discs in different places: `disc0.png`, `disc1.png`, .. */
export function discFiles(count: number): Record<string, Uint8Array> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`disc${n}.png`, encodePng(disc(40 + 24 * n))]),
  );
}

/** Every file below a folder, by its path in it. */
export function filesOf(folder: string): Record<string, Buffer> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
  const files = paths.filter((path) => statSync(path).isFile()).sort();
  return Object.fromEntries(files.map((path) => [relative(folder, path), readFileSync(path)]));
}
