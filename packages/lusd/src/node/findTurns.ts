import { readdir } from 'node:fs/promises';
import { MetricsError } from '../errors.ts';
import { type EvaluationTurn, turnFiles } from '../metrics/magicBrush.ts';
import type { EditCategory } from '../metrics/summary.ts';
import type { TurnTable } from '../metrics/turnTable.ts';

/** Where results and what they are compared with are. */
export interface EvaluationSources {
  /** Folder of results, `<id>/<id>_1.png`, `<id>/<id>_inde_2.png`, .. */
  readonly generated: string;
  /** Folder of MagicBrush's pictures, `<id>/<id>-input.png`, `<id>/<id>-output1.png`, .. */
  readonly groundTruth: string;
  /** What CLIP compares results with; null if it is not used. */
  readonly captions: { readonly local: TurnTable<string>; readonly global: TurnTable<string> } | null;
  readonly categories: TurnTable<EditCategory> | null;
}

/** The turns of an evaluation that a folder holds, and what the others lack. */
export interface FoundTurns {
  /** Sessions in the order of their numbers, and each session's turns. */
  readonly turns: readonly EvaluationTurn[];
  /** What the other turns lack: `results/12/12_1.png`, `'12-output1.png' in captions.json`. */
  readonly missing: readonly string[];
  /** Results that have no ground truth, as paths. */
  readonly unknown: readonly string[];
}

/**
 * Finds the turns of the ground truth, and what each of them lacks; no picture is opened. Turns are those that are
 * edited independently, MagicBrush's "all turns": results of iterative editing (`_iter_2.png`) are left alone, and so
 * are masks, hidden folders and whatever has another name. A session's turns go up to its last output, so that a gap
 * in its numbers is a missing file.
 *
 * @throws MetricsError naming a folder that cannot be read, or that has no ground truth
 */
export async function findTurns(sources: EvaluationSources): Promise<FoundTurns> {
  const truth = await listSessions(sources.groundTruth);
  const results = await listSessions(sources.generated);
  const found = [...truth].flatMap(([id, files]) =>
    Array.from({ length: countTurns(id, files) }, (_, i) =>
      findTurn(sources, id, i + 1, { truth: files, results: results.get(id) ?? NOTHING }),
    ),
  );
  if (found.length === 0) {
    throw new MetricsError(
      `${sources.groundTruth} has no ground truth, such as 12/12-output1.png; give the folder that holds MagicBrush's sessions`,
    );
  }
  return {
    turns: found.flatMap(({ turn, missing }) => (missing.length === 0 ? [turn] : [])),
    missing: [...new Set(found.flatMap(({ missing }) => missing))],
    unknown: [...results].flatMap(([id, files]) =>
      unknownResults(id, files, countTurns(id, truth.get(id) ?? NOTHING)).map(
        (file) => `${sources.generated}/${id}/${file}`,
      ),
    ),
  };
}

type FileNames = ReadonlySet<string>;
const NOTHING: FileNames = new Set();

/** The files of each folder in a folder. */
async function listSessions(folder: string): Promise<Map<string, FileNames>> {
  const list = (path: string) =>
    readdir(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOTDIR' && path !== folder) return [];
      throw new MetricsError(`the folder ${path} cannot be read; check that it exists and its permissions`, {
        cause,
      });
    });
  const ids = (await list(folder)).filter((id) => !id.startsWith('.'));
  const sessions = new Map<string, FileNames>();
  for (const id of ids.sort(NUMERIC.compare)) sessions.set(id, new Set(await list(`${folder}/${id}`)));
  return sessions;
}

const NUMERIC = new Intl.Collator('en', { numeric: true });

/** Up to the last output of a session's ground truth; 1 where it has an input only; 0 if it is no session. */
function countTurns(id: string, files: FileNames): number {
  const outputs = [...files].map((file) => numberBetween(`${id}-output`, file) ?? 0);
  return Math.max(files.has(`${id}-input.png`) ? 1 : 0, ...outputs);
}

/** Results of turns that do not exist. */
function unknownResults(id: string, files: FileNames, turns: number): string[] {
  return [...files].filter((file) => {
    const turn = file === `${id}_1.png` ? 1 : (numberBetween(`${id}_inde_`, file) ?? 0);
    return turn > turns;
  });
}

/** 3 of `12-output3.png` after `12-output`. */
function numberBetween(start: string, file: string): number | null {
  const digits = file.startsWith(start) ? /^(\d+)\.png$/.exec(file.slice(start.length))?.[1] : undefined;
  return digits === undefined ? null : Number(digits);
}

function findTurn(
  sources: EvaluationSources,
  id: string,
  turn: number,
  present: { readonly truth: FileNames; readonly results: FileNames },
): { readonly turn: EvaluationTurn; readonly missing: readonly string[] } {
  const missing: string[] = [];
  const locate = (folder: string, names: FileNames, file: string): string => {
    if (!names.has(file.slice(id.length + 1))) missing.push(`${folder}/${file}`);
    return `${folder}/${file}`;
  };
  const lookUp = <T>(table: TurnTable<T>): T => {
    const value = table.values.get(files.caption);
    if (value === undefined) missing.push(`'${files.caption}' in ${table.path}`);
    // Incomplete turns are not among the turns found.
    return value as T;
  };
  const files = turnFiles(id, turn);
  const { captions, categories } = sources;
  const found: EvaluationTurn = {
    id,
    turn,
    files,
    generated: locate(sources.generated, present.results, files.generated),
    groundTruth: locate(sources.groundTruth, present.truth, files.groundTruth),
    input: locate(sources.groundTruth, present.truth, files.input),
    captions: captions && { local: lookUp(captions.local), global: lookUp(captions.global) },
    category: categories && lookUp(categories),
  };
  return { turn: found, missing };
}
