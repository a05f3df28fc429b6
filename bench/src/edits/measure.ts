import { edit } from '@lusd/lusd';
import { assessEdit, draw, SHAPES_EDITS, SHAPES_OPTIONS, type ShapesEdit, SIZE } from '@lusd/lusd/shapes';
import type { StableDiffusion } from '@lusd/sd-models';
import type { Method, Settings } from './methods.ts';
import { type Row, RowFile } from './store.ts';

type EditSet = keyof typeof SHAPES_EDITS;

/** A method at one choice of settings, over a set of edits. */
export interface Measured {
  readonly method: Method;
  readonly settings: Settings;
  readonly rows: readonly Row[];
}

export interface MethodResults {
  /** Every candidate on the tuning edits; none if there was no choice. */
  readonly tuning: readonly Measured[];
  /** The best one on the test edits. */
  readonly test: Measured;
}

/** A background that differs by more than this share of the range has not stayed. */
export const MOST_BACKGROUND = 0.04;

/** Whether an edit did what it should and left the background as it was. */
export function isBoth({ success, background }: Row): boolean {
  return success && background < MOST_BACKGROUND;
}

/** How many edits did both. */
export function countBoth(rows: readonly Row[]): number {
  return rows.filter(isBoth).length;
}

export function meanOf(rows: readonly Row[], key: 'background' | 'seconds' | 'unetCalls'): number {
  return rows.reduce((sum, row) => sum + row[key], 0) / rows.length;
}

/**
 * Chooses the method's settings on the tuning edits, and measures it on the test edits.
 * @param first only so many edits of either, from the first
 */
export async function measureMethod(
  pipeline: StableDiffusion,
  method: Method,
  folder: string,
  first: number,
): Promise<MethodResults> {
  const measure = (settings: Settings, set: EditSet) =>
    measureSet(pipeline, method, settings, SHAPES_EDITS[set].slice(0, first), set, folder);
  const tuning: Measured[] = [];
  const choices = method.candidates.length > 1 ? method.candidates : [];
  for (const settings of choices) tuning.push(await measure(settings, 'tuning'));
  const settings = tuning.length > 0 ? tuning.reduce(better).settings : method.candidates[0]!;
  return { tuning, test: await measure(settings, 'test') };
}

/** The one with more edits done and backgrounds kept; of equals the one whose backgrounds differ less. */
function better(a: Measured, b: Measured): Measured {
  const gain = countBoth(b.rows) - countBoth(a.rows);
  if (gain !== 0) return gain > 0 ? b : a;
  return meanOf(b.rows, 'background') < meanOf(a.rows, 'background') ? b : a;
}

async function measureSet(
  pipeline: StableDiffusion,
  method: Method,
  settings: Settings,
  edits: readonly ShapesEdit[],
  set: EditSet,
  folder: string,
): Promise<Measured> {
  const { fixed } = method;
  const key = { settings, edits: SHAPES_EDITS[set], options: SHAPES_OPTIONS, ...(fixed && { fixed }) };
  const file = new RowFile(folder, `${method.name}-${set}`, key);
  for (let i = file.rows.length; i < edits.length; i++) {
    const shapesEdit = edits[i]!;
    const started = performance.now();
    const run = startEdit(pipeline, method, settings, shapesEdit, i);
    const result = await run.result();
    const seconds = (performance.now() - started) / 1000;
    const { success, background } = assessEdit(shapesEdit, draw(shapesEdit.picture), result);
    file.add({ success, background, seconds, unetCalls: run.unetCalls });
    const verdict = `${success ? 'right' : 'wrong'}, background ${(100 * background).toFixed(1)} %`;
    const place = `${method.title} ${JSON.stringify(settings)} ${set} ${i + 1}/${edits.length}`;
    console.error(`${place}: ${shapesEdit.target}: ${verdict}, ${seconds.toFixed(1)} s`);
  }
  return { method, settings, rows: file.rows.slice(0, edits.length) };
}

function startEdit(
  pipeline: StableDiffusion,
  { editor, targetTokens }: Method,
  settings: Settings,
  { picture, source, target }: ShapesEdit,
  seed: number,
) {
  const request = { image: draw(picture), source, target, targetTokens };
  return edit(pipeline, request, editor(settings), {
    frame: { size: SIZE },
    draws: { seed, rng: 'cpu' },
  });
}
