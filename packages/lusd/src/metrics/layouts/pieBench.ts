import * as v from 'valibot';
import { MetricsError } from '../../errors.ts';

/** Side of PIE-Bench's pictures, in pixels. */
export const PIE_BENCH_SIZE = 512;

/** PIE-Bench's types of edits, by their number. */
export const PIE_BENCH_TYPES = [
  'random',
  'change object',
  'add object',
  'delete object',
  'change content',
  'change pose',
  'change colour',
  'change material',
  'change background',
  'change style',
] as const;

/** One edit of PIE-Bench. */
export interface PieBenchEdit {
  readonly id: string;
  /** From the folder `annotation_images`. */
  readonly imagePath: string;
  /** Without the brackets, which mark edited words and are annotation. */
  readonly originalPrompt: string;
  readonly editingPrompt: string;
  /** The name of its type. */
  readonly type: string;
  /** Start, length, start, length, .. of edited pixels, row by row. */
  readonly mask: readonly number[];
}

const NUMBERS = v.array(v.pipe(v.number(), v.integer(), v.minValue(0)));
const ENTRY = v.object({
  image_path: v.string(),
  original_prompt: v.string(),
  editing_prompt: v.string(),
  editing_type_id: v.picklist(PIE_BENCH_TYPES.map((_, i) => String(i))),
  mask: v.pipe(
    NUMBERS,
    v.check((runs) => runs.length % 2 === 0, 'must be pairs of a start and a length'),
  ),
});

/**
 * The edits of a `mapping_file.json`, in its order.
 * @param path where it came from, for messages
 * @throws MetricsError naming the entry and the field that does not match
 */
export function parsePieBench(json: unknown, path: string): readonly PieBenchEdit[] {
  const result = v.safeParse(v.record(v.string(), ENTRY), json);
  if (!result.success) {
    const [issue] = result.issues;
    const place = issue.path?.map(({ key }) => String(key)).join(' / ') ?? 'the file';
    throw new MetricsError(`${path}: '${place}' is not as in PIE-Bench: ${issue.message}; correct it`);
  }
  return Object.entries(result.output).map(([id, entry]) => ({
    id,
    imagePath: entry.image_path,
    originalPrompt: plain(entry.original_prompt),
    editingPrompt: plain(entry.editing_prompt),
    type: PIE_BENCH_TYPES[Number(entry.editing_type_id)]!,
    mask: entry.mask,
  }));
}

/** Every bracket goes, whether it has a partner or not, as in the released program. */
function plain(prompt: string): string {
  return prompt.replace(/[[\]]/g, '');
}

/**
 * The mask of an edit, one byte a pixel, 1 where it is edited. The outermost rows and columns are 1 whatever the runs
 * say: the released program sets them, to cover errors of the annotation.
 *
 * @param runs start, length, .. over 512 x 512 pixels; lengths are cut at the end, and runs may overlap
 * Source: `mask_decode` of PnPInversion's `evaluation/evaluate.py`.
 */
export function pieBenchMask(runs: readonly number[]): Uint8Array {
  const size = PIE_BENCH_SIZE;
  const mask = new Uint8Array(size * size);
  for (let i = 0; i < runs.length; i += 2) mask.fill(1, runs[i], runs[i]! + runs[i + 1]!);
  mask.fill(1, 0, size);
  mask.fill(1, size * (size - 1));
  for (let row = 0; row < size; row++) {
    mask[row * size] = 1;
    mask[row * size + size - 1] = 1;
  }
  return mask;
}
