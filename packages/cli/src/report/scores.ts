import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { parsePythonJson } from '@lusd/sd-models';
import { reason } from '@lusd/sd-models/node';
import * as v from 'valibot';
import { decodeText } from '../csv/decodeText.ts';
import { splitCsv } from '../csv/splitCsv.ts';
import { CliError } from '../ui/errors.ts';
import type { Column } from './model.ts';
import { scoreColumn } from './scoreColumn.ts';

/** The scores of one result. */
export interface ScoreRow {
  /** The result's path as the file has it. */
  readonly result: string;
  readonly categories: readonly string[];
  /** By the column's key; NaN where there is none. */
  readonly values: ReadonlyMap<string, number>;
}

/** Scores of results, as `lusd metrics --output` and an evaluation's `scores.json` and `scores.csv` have them. */
export interface ScoreTable {
  readonly columns: readonly Column[];
  readonly rows: readonly ScoreRow[];
}

const metric = v.object({
  name: v.string(),
  title: v.string(),
  better: v.picklist(['higher', 'lower']),
  scale: v.number(),
  digits: v.number(),
});
const score = v.nullable(v.union([v.number(), v.string()]));
const evaluation = v.object({
  metrics: v.array(metric),
  items: v.array(
    v.object({
      result: v.string(),
      categories: v.optional(v.array(v.string()), []),
      scores: v.record(v.string(), score),
    }),
  ),
});
const flatRows = v.array(v.looseObject({ result: v.string() }));

/** Columns of flat rows that are no scores. */
const LABELS = new Set(['id', 'turn', 'row', 'source', 'result', 'ground_truth', 'category', 'file_id']);

/**
 * Reads a table of scores.
 * @throws Error naming the file if it cannot be read; CliError if it is neither JSON nor CSV of scores
 */
export async function readScores(path: string): Promise<ScoreTable> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  const text = decodeText(bytes, path);
  return extname(path).toLowerCase() === '.csv' ? parseCsv(text, path) : parseJson(text, path);
}

function parseJson(text: string, path: string): ScoreTable {
  const parsed = jsonOf(text, path);
  const report = v.safeParse(evaluation, parsed);
  if (report.success) return tableOfEvaluation(report.output);
  const rows = v.safeParse(flatRows, parsed);
  if (rows.success) return tableOfRows(rows.output);
  throw noScores(path);
}

function jsonOf(text: string, path: string): unknown {
  try {
    return parsePythonJson(text);
  } catch (cause) {
    throw new CliError(`${path} is not valid JSON: ${reason(cause)}; write the scores again`, { cause });
  }
}

function tableOfEvaluation({ metrics, items }: v.InferOutput<typeof evaluation>): ScoreTable {
  return {
    columns: metrics.map(({ name: key, ...facts }) => ({ key, ...facts })),
    rows: items.map(({ result, categories, scores }) => ({
      result,
      categories,
      values: new Map(Object.entries(scores).map(([name, value]) => [name, numberOf(value)])),
    })),
  };
}

function parseCsv(text: string, path: string): ScoreTable {
  const [header, ...lines] = splitCsv(text, ',', path);
  const names = (header?.fields ?? []).map((name) => name.trim());
  if (!names.includes('result')) throw noScores(path);
  return tableOfRows(
    lines
      .filter(({ fields }) => fields.some((field) => field.trim() !== ''))
      .map(({ fields }) => Object.fromEntries(names.map((name, i) => [name, fields[i] ?? '']))),
  );
}

function tableOfRows(rows: readonly Readonly<Record<string, unknown>>[]): ScoreTable {
  const keys = Object.keys(rows[0] ?? {}).filter((key) => !LABELS.has(key));
  const isScore = (key: string) => rows.some((row) => !Number.isNaN(numberOf(row[key])));
  const scores = keys.filter(isScore);
  return {
    columns: scores.map(scoreColumn),
    rows: rows.map((row) => ({
      result: String(row.result),
      categories: row.category ? [String(row.category)] : [],
      values: new Map(scores.map((key) => [key, numberOf(row[key])])),
    })),
  };
}

/** `nan` and `inf` as pandas writes them; NaN for what is no number. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value.trim() : '';
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}

function noScores(path: string): CliError {
  return new CliError(
    `${path} has no scores of results; give the .csv or .json of an evaluation, whose rows name each result`,
  );
}

/**
 * The row of a result.
 * @param byName whether a row of a file with the same name elsewhere is taken too, as after a folder was moved
 */
export function rowOf({ rows }: ScoreTable, path: string, byName: boolean): ScoreRow | undefined {
  const exact = rows.find(({ result }) => resolve(result) === resolve(path));
  return exact ?? (byName ? rows.find(({ result }) => basename(result) === basename(path)) : undefined);
}
