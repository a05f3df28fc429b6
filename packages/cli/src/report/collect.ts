import { join } from 'node:path';
import type { EditRecord } from '../edit/editRecord.ts';
import { CliError } from '../ui/errors.ts';
import { listed } from '../ui/listed.ts';
import type { Column, Prompts, Report, ReportEdit, ReportResult, Steps } from './model.ts';
import { PictureList, type WantedPicture } from './pictureList.ts';
import type { FoundResult, KeptEdit, ResultFolder } from './resultFolder.ts';
import { rowOf, type ScoreRow, type ScoreTable } from './scores.ts';

/** A folder, and what its results are called in a comparison. */
export interface Method {
  readonly label: string;
  readonly folder: ResultFolder;
}

export interface Collected {
  readonly report: Report;
  /** The pictures that the report's numbers mean. */
  readonly pictures: readonly WantedPicture[];
  /** Sentences about what was left out. */
  readonly notes: readonly string[];
}

/** Numbers that steps give. */
const STEP_COLUMNS = [
  { key: 'attempts', title: 'Draws a step', better: null, scale: 1, digits: 2 },
  { key: 'exhausted', title: 'Exhausted steps', better: 'lower', scale: 1, digits: 0 },
] as const;

/**
 * The report of one folder, or of several that are compared. A picture that no folder tells the making of is left out.
 * @param extra scores from elsewhere
 * @throws CliError for a folder without results
 */
export function collect(methods: readonly Method[], title: string, extra: readonly ScoreTable[]): Collected {
  const known = new Set(
    methods.flatMap(({ folder }) => folder.results.filter(({ kept }) => kept).map(({ name }) => name)),
  );
  for (const { folder } of methods)
    if (!folder.results.some(({ name }) => known.has(name)))
      throw new CliError(
        `${folder.path} has no results; give a folder that lusd edit or lusd run wrote to, with its .cache`,
      );
  const tables = [...methods.flatMap(({ folder }) => folder.scores ?? []), ...extra];
  const columns = uniqueColumns([...stepColumns(methods), ...tables.flatMap((table) => table.columns)]);
  const context = { methods, columns, extra, pictures: new PictureList() };
  const edits = [...known].sort(byNumbers).map((name) => editOf(name, context));
  return {
    report: { title, methods: methods.map(({ label }) => label), columns, edits },
    pictures: context.pictures.wanted,
    notes: notesOf(methods),
  };
}

/** The numbers of steps that say something. */
function stepColumns(methods: readonly Method[]): Column[] {
  const steps = methods.flatMap(({ folder }) =>
    folder.results.flatMap(({ kept }) => kept?.record.steps ?? []),
  );
  const says = { attempts: steps.length > 0, exhausted: steps.some(({ exhausted }) => exhausted) };
  return STEP_COLUMNS.filter(({ key }) => says[key]);
}

interface Context {
  readonly methods: readonly Method[];
  readonly columns: readonly Column[];
  readonly extra: readonly ScoreTable[];
  readonly pictures: PictureList;
}

/** As people sort: `edit 2` before `edit 10`. */
const { compare: byNumbers } = new Intl.Collator('en', { numeric: true });

function uniqueColumns(columns: readonly Column[]): Column[] {
  return [...new Map([...columns].reverse().map((column) => [column.key, column])).values()].reverse();
}

function editOf(name: string, context: Context): ReportEdit {
  const found = context.methods.map(({ folder }) => folder.results.find((result) => result.name === name));
  const kept = found.flatMap((result) => result?.kept ?? []);
  const [first] = kept;
  if (!first) throw new RangeError(`the report has no edit ${name}`);
  const rows = found.map((result, method) => result && scoresOf(result, method, context));
  const { prompts } = first.record;
  return {
    name,
    prompts,
    words: first.record.words,
    categories: [...new Set(rows.flatMap((row) => row?.categories ?? []))],
    source: sourceOf(kept, context.pictures),
    results: found.flatMap((result, method) =>
      result ? [resultOf(result, { method, prompts, scores: rows[method] ?? null }, context)] : [],
    ),
  };
}

function sourceOf(kept: readonly KeptEdit[], pictures: PictureList): number | null {
  for (const { folder, record } of kept)
    if (record.source !== null) return pictures.add('main', join(folder, record.source));
  return null;
}

function scoresOf({ file }: FoundResult, method: number, { methods, extra }: Context): ScoreRow | undefined {
  if (file === null) return undefined;
  const own = methods[method]?.folder.scores;
  const rows = [
    own && rowOf(own, file, true),
    ...extra.map((table) => rowOf(table, file, methods.length === 1)),
  ].flatMap((row) => row ?? []);
  const [first] = rows;
  return (
    first && {
      result: first.result,
      categories: [...new Set(rows.flatMap(({ categories }) => categories))],
      values: new Map(rows.flatMap(({ values }) => [...values])),
    }
  );
}

interface ResultContext {
  readonly method: number;
  /** Those of the edit. */
  readonly prompts: Prompts;
  readonly scores: ScoreRow | null;
}

function resultOf(
  { file, kept }: FoundResult,
  { method, prompts, scores }: ResultContext,
  { columns, pictures }: Context,
): ReportResult {
  const record = kept?.record ?? null;
  const isShown = file !== null && record?.error == null;
  const current = kept?.isCurrent ? kept : null;
  const steps = record && (current || !isShown) ? stepsOf(record) : null;
  const own = record?.prompts ?? prompts;
  return {
    method,
    picture: isShown ? pictures.add('main', file) : null,
    mask: current?.record.mask ? pictures.add('mask', join(current.folder, current.record.mask)) : null,
    previews: current ? previewsOf(current, pictures) : [],
    steps,
    error: isShown ? null : (record?.error ?? 'its picture is missing'),
    prompts: own.source === prompts.source && own.target === prompts.target ? null : own,
    settings: record ? settingsOf(record) : [],
    values: columns.map(({ key }) => numberOf(key, steps, scores)),
  };
}

function numberOf(key: string, steps: Steps | null, scores: ScoreRow | null): number | null {
  if (steps && steps.attempts.length > 0) {
    if (key === 'attempts') return steps.attempts.reduce((sum, n) => sum + n, 0) / steps.attempts.length;
    if (key === 'exhausted') return steps.exhausted.length;
  }
  const value = scores?.values.get(key) ?? Number.NaN;
  return Number.isNaN(value) ? null : value;
}

function stepsOf({ steps }: EditRecord): Steps {
  return {
    std: steps.map(({ std }) => shortened(std)),
    threshold: steps.map(({ threshold }) => shortened(threshold)),
    attempts: steps.map(({ attempts }) => attempts),
    timestep: steps.map(({ timestep }) => timestep),
    exhausted: steps.filter(({ exhausted }) => exhausted).map(({ iteration }) => iteration),
  };
}

/** To the digits that a curve shows. */
function shortened(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(5));
}

/** A film strip has at most so many; of more, those at equal distances. */
const MOST_PREVIEWS = 20;

/** The previews but for that of the last step, which is the result. */
function previewsOf({ folder, record }: KeptEdit, pictures: PictureList) {
  const last = record.steps.length - 1;
  const earlier = record.previews.filter(({ iteration }) => iteration < last);
  const every = Math.max(1, Math.ceil(earlier.length / MOST_PREVIEWS));
  return earlier
    .filter((_, i) => i % every === 0)
    .map(({ iteration, file }) => ({ iteration, picture: pictures.add('preview', join(folder, file)) }));
}

function settingsOf({ method, options, image, seed, rng, weights, dtype, device }: EditRecord) {
  const about = { image, method, seed, rng, weights, dtype, device, ...options };
  return Object.entries(about)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, String(value)] as const);
}

function notesOf(methods: readonly Method[]): string[] {
  const changed = methods.flatMap(({ folder }) =>
    folder.results.filter(({ file, kept }) => file !== null && kept?.record.result && !kept.isCurrent),
  );
  if (changed.length === 0) return [];
  const names = listed(changed.map(({ file }) => file ?? ''));
  return [`${names} changed after the edit; the report shows it without its steps`];
}
