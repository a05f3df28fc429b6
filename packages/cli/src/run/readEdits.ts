import { parse } from 'node:path';
import { readPieBench } from '../metrics/benchmarks/pieBench.ts';
import { UsageError } from '../ui/errors.ts';
import type { Log } from '../ui/log.ts';
import { type IndexRow, readIndex } from './indexCsv.ts';

/** The flags that say what is edited. */
export interface EditListFlags {
  readonly inputDir?: string | undefined;
  readonly pieBench?: string | undefined;
  readonly numSeed: number;
  readonly keepBrackets?: true | undefined;
}

/** Edits, and the folder that their pictures' paths start from. */
export interface EditList {
  readonly rows: readonly IndexRow[];
  readonly inputDir: string;
}

/**
 * Reads the list of edits: `index.csv` of a folder, or PIE-Bench.
 * @throws UsageError unless there is one of them; Error, CliError or MetricsError naming a file that cannot be used
 */
export async function readEdits(flags: EditListFlags, log: Log): Promise<EditList> {
  const { inputDir, pieBench } = flags;
  if ((inputDir === undefined) === (pieBench === undefined))
    throw new UsageError('give either --input-dir, a folder with an index.csv, or --pie-bench');
  if (pieBench !== undefined) return readPieBenchEdits(pieBench, flags);
  return { rows: await readIndex(inputDir!, (text) => log.warn(text)), inputDir: inputDir! };
}

/** Results have the pictures' names, as PIE-Bench's evaluation expects; so there is one seed of each. */
async function readPieBenchEdits(path: string, { numSeed, keepBrackets }: EditListFlags): Promise<EditList> {
  if (numSeed !== 1)
    throw new UsageError(
      '--num-seed must be 1 with --pie-bench; use --init-seed and an --output-dir of its own for another seed',
    );
  if (keepBrackets)
    throw new UsageError('--keep-brackets cannot be used with --pie-bench, whose brackets are annotation');
  const { folder, edits } = await readPieBench(path);
  const rows = edits.map(({ id, imagePath, originalPrompt, editingPrompt }, row): IndexRow => {
    const { dir, name } = parse(imagePath);
    return {
      row,
      place: `${id} of mapping_file.json`,
      resultName: `annotation_images/${dir === '' ? '' : `${dir}/`}${name}`,
      imgPath: `annotation_images/${imagePath}`,
      sourcePrompt: originalPrompt,
      targetPrompt: editingPrompt,
    };
  });
  return { rows, inputDir: folder };
}
