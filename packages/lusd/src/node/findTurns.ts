import { MetricsError } from '../errors.ts';
import type { Item } from '../metrics/item.ts';
import { type TurnFiles, type TurnProtocol, turnFiles } from '../metrics/layouts/magicBrush.ts';
import type { EditCategory, TurnTable } from '../metrics/layouts/turnTable.ts';
import type { FoundItems } from './foundItems.ts';
import { listFiles } from './listFiles.ts';

/** Where results and what they are compared with are. */
export interface EvaluationSources {
  /** Default `all`. */
  readonly turns?: TurnProtocol;
  /** Folder of results, `<id>/<id>_1.png`, `<id>/<id>_inde_2.png` or, of final turns, `<id>/<id>_iter_2.png`, .. */
  readonly generated: string;
  /** Folder of MagicBrush's pictures, `<id>/<id>-input.png`, `<id>/<id>-output1.png`, .. */
  readonly groundTruth: string;
  /** What CLIP compares results with; null if it is not used. */
  readonly captions: { readonly local: TurnTable<string>; readonly global: TurnTable<string> } | null;
  readonly categories: TurnTable<EditCategory> | null;
}

/**
 * Finds the turns of the ground truth, and what each of them lacks; no picture is opened. Results of the other
 * protocol are left alone, and so are masks, hidden folders and whatever has another name. A session's turns go up to
 * its last output, so that a gap in its numbers is a missing file. Sessions come in the order of their numbers.
 *
 * @throws MetricsError naming a folder that cannot be read, or that has no ground truth
 */
export async function findTurns(sources: EvaluationSources): Promise<FoundItems> {
  const { turns: protocol = 'all' } = sources;
  const truth = await listSessions(sources.groundTruth);
  const results = await listSessions(sources.generated);
  const found = [...truth].flatMap(([id, files]) =>
    scoredTurns(protocol, countTurns(id, files)).map((turn) =>
      findTurn({ ...sources, turns: protocol }, id, turn, {
        truth: files,
        results: results.get(id) ?? NOTHING,
      }),
    ),
  );
  if (found.length === 0) {
    throw new MetricsError(
      `${sources.groundTruth} has no ground truth, such as 12/12-output1.png; give the folder that holds MagicBrush's sessions`,
    );
  }
  return {
    items: found.flatMap(({ item, missing }) => (missing.length === 0 ? [item] : [])),
    missing: [...new Set(found.flatMap(({ missing }) => missing))],
    unknown: [...results].flatMap(([id, files]) =>
      unknownResults(protocol, id, files, countTurns(id, truth.get(id) ?? NOTHING)).map(
        (file) => `${sources.generated}/${id}/${file}`,
      ),
    ),
  };
}

type FileNames = ReadonlySet<string>;
const NOTHING: FileNames = new Set();

/** The files of each folder in a folder. */
async function listSessions(folder: string): Promise<Map<string, FileNames>> {
  const ids = (await listFiles(folder)).filter((id) => !id.startsWith('.'));
  const sessions = new Map<string, FileNames>();
  for (const id of ids.sort(NUMERIC.compare))
    sessions.set(id, new Set(await listFiles(`${folder}/${id}`, true)));
  return sessions;
}

const NUMERIC = new Intl.Collator('en', { numeric: true });

/** Up to the last output of a session's ground truth; 1 where it has an input only; 0 if it is no session. */
function countTurns(id: string, files: FileNames): number {
  const outputs = [...files].map((file) => numberBetween(`${id}-output`, file) ?? 0);
  return Math.max(files.has(`${id}-input.png`) ? 1 : 0, ...outputs);
}

function scoredTurns(protocol: TurnProtocol, count: number): number[] {
  const turns = Array.from({ length: count }, (_, i) => i + 1);
  return protocol === 'final' ? turns.slice(-1) : turns;
}

/** Results of turns that do not exist. */
function unknownResults(protocol: TurnProtocol, id: string, files: FileNames, turns: number): string[] {
  const later = protocol === 'final' ? 'iter' : 'inde';
  return [...files].filter((file) => {
    const turn = file === `${id}_1.png` ? 1 : (numberBetween(`${id}_${later}_`, file) ?? 0);
    return turn > turns;
  });
}

/** 3 of `12-output3.png` after `12-output`. */
function numberBetween(start: string, file: string): number | null {
  const digits = file.startsWith(start) ? /^(\d+)\.png$/.exec(file.slice(start.length))?.[1] : undefined;
  return digits === undefined ? null : Number(digits);
}

interface FoundTurn {
  readonly item: Item;
  readonly missing: readonly string[];
}

function findTurn(
  sources: EvaluationSources & { readonly turns: TurnProtocol },
  id: string,
  turn: number,
  present: { readonly truth: FileNames; readonly results: FileNames },
): FoundTurn {
  const missing: string[] = [];
  const locate = (folder: string, names: FileNames, file: string): string => {
    if (!names.has(file.slice(id.length + 1))) missing.push(`${folder}/${file}`);
    return `${folder}/${file}`;
  };
  const lookUp: LookUp = (table, key) => {
    const value = table.values.get(key);
    if (value === undefined) missing.push(`'${key}' in ${table.path}`);
    return value;
  };
  const files = turnFiles(id, turn, sources.turns);
  const pictures = {
    result: locate(sources.generated, present.results, files.generated),
    groundTruth: locate(sources.groundTruth, present.truth, files.groundTruth),
    source: locate(sources.groundTruth, present.truth, files.input),
  };
  const texts = textsOf(sources.captions, files, lookUp);
  const category = (sources.categories && lookUp(sources.categories, files.caption)) ?? null;
  const labels = { id, turn, result: files.generated, ground_truth: files.groundTruth, category };
  const categories = category === null ? [] : [category === 'add' ? 'add' : 'change'];
  const named = { id: `${id}-output${turn}`, group: id, categories, labels };
  return { item: { ...named, ...pictures, frame: 'whole', texts }, missing };
}

type LookUp = <T>(table: TurnTable<T>, key: string) => T | undefined;

function textsOf(
  captions: EvaluationSources['captions'],
  { caption, inputCaption }: TurnFiles,
  lookUp: LookUp,
): Item['texts'] {
  if (!captions) return {};
  const texts = {
    localText: lookUp(captions.local, caption),
    targetText: lookUp(captions.global, caption),
    // Only the directional similarity needs it, and files without the inputs' captions are common.
    sourceText: captions.global.values.get(inputCaption),
  };
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
}
