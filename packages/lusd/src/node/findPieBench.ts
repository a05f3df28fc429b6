import { readdir } from 'node:fs/promises';
import { MetricsError } from '../errors.ts';
import type { Item } from '../metrics/item.ts';
import type { PieBenchEdit } from '../metrics/layouts/pieBench.ts';
import type { FoundItems } from './foundItems.ts';

/** Where PIE-Bench and results on it are. */
export interface PieBenchSources {
  readonly edits: readonly PieBenchEdit[];
  /** PIE-Bench's folder, which holds `annotation_images`. */
  readonly folder: string;
  /** Of the results, `annotation_images/<image_path>`, with the picture's own ending or `.png`. */
  readonly generated: string;
}

/** The folder of pictures, in PIE-Bench and in results. */
const PICTURES = 'annotation_images';

/**
 * Finds PIE-Bench's edits with their results; no picture is opened.
 * @throws MetricsError naming a folder that cannot be read or is empty, or two results of one edit
 */
export async function findPieBench({ edits, folder, generated }: PieBenchSources): Promise<FoundItems> {
  const sources = await filesBelow(`${folder}/${PICTURES}`);
  const results = await filesBelow(`${generated}/${PICTURES}`);
  const found = edits.map((edit) => findEdit(edit, { folder, generated, sources, results }));
  const used = new Set(found.map(({ item }) => item.result));
  return {
    items: found.flatMap(({ item, missing }) => (missing.length === 0 ? [item] : [])),
    missing: found.flatMap(({ missing }) => missing),
    unknown: [...results].map((file) => `${generated}/${PICTURES}/${file}`).filter((path) => !used.has(path)),
  };
}

/** @throws MetricsError if the folder cannot be read or holds no file */
async function filesBelow(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new MetricsError(`the folder ${folder} cannot be read; check that it exists and its permissions`, {
      cause,
    });
  });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  if (files.length === 0)
    throw new MetricsError(`the folder ${folder} is empty; it must hold PIE-Bench's pictures`);
  return new Set(files.map(({ parentPath, name }) => `${parentPath}/${name}`.slice(folder.length + 1)));
}

interface Places extends Pick<PieBenchSources, 'folder' | 'generated'> {
  readonly sources: ReadonlySet<string>;
  readonly results: ReadonlySet<string>;
}

function findEdit(
  { id, imagePath, originalPrompt, editingPrompt, type, mask }: PieBenchEdit,
  { folder, generated, sources, results }: Places,
): { readonly item: Item; readonly missing: readonly string[] } {
  const names = [...new Set([imagePath, imagePath.replace(/\.\w+$/, '.png')])];
  const there = names.filter((name) => results.has(name));
  const paths = there.map((name) => `${generated}/${PICTURES}/${name}`);
  if (paths.length > 1)
    throw new MetricsError(`${paths.join(' and ')} are both results of ${id}; remove one`);
  const source = `${folder}/${PICTURES}/${imagePath}`;
  const result = paths[0] ?? `${generated}/${PICTURES}/${imagePath}`;
  const item: Item = {
    id,
    group: id,
    categories: [type],
    labels: { file_id: id },
    result,
    frame: 'pieBench',
    source,
    mask: { kind: 'runs', runs: mask },
    texts: { sourceText: originalPrompt, targetText: editingPrompt },
  };
  const missing = [...(sources.has(imagePath) ? [] : [source]), ...(there.length > 0 ? [] : [result])];
  return { item, missing };
}
