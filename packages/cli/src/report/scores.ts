import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { type EvaluationReport, parseReport } from '@lusd/lusd/metrics';
import { reason } from '@lusd/sd-models/node';
import { decodeText } from '../csv/decodeText.ts';
import { splitCsv } from '../csv/splitCsv.ts';
import { readJsonFile } from '../jsonFile.ts';
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

/** Scores of results: `scores.json` of `lusd eval`, or any `.csv` with a column `result`. */
export interface ScoreTable {
  readonly columns: readonly Column[];
  readonly rows: readonly ScoreRow[];
}

/** Columns of flat rows that are no scores. */
const LABELS = new Set(['id', 'turn', 'row', 'source', 'result', 'ground_truth', 'category', 'file_id']);

/**
 * Reads a table of scores.
 * @throws Error naming the file if it cannot be read; CliError or MetricsError if it holds no scores
 */
export async function readScores(path: string): Promise<ScoreTable> {
  if (extname(path).toLowerCase() !== '.csv')
    return tableOfEvaluation(parseReport(await readJsonFile(path), path));
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  return parseCsv(decodeText(bytes, path), path);
}

function tableOfEvaluation({ metrics, items }: EvaluationReport): ScoreTable {
  return {
    columns: metrics.map(({ name: key, ...facts }) => ({ key, ...facts })),
    rows: items.map(({ result, categories, scores }) => ({
      result,
      categories,
      values: new Map(Object.entries(scores)),
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

function tableOfRows(rows: readonly Readonly<Record<string, string>>[]): ScoreTable {
  const keys = Object.keys(rows[0] ?? {}).filter((key) => !LABELS.has(key));
  const isScore = (key: string) => rows.some((row) => !Number.isNaN(numberOf(row[key])));
  const scores = keys.filter(isScore);
  return {
    columns: scores.map(scoreColumn),
    rows: rows.map((row) => ({
      result: row.result ?? '',
      categories: row.category ? [row.category] : [],
      values: new Map(scores.map((key) => [key, numberOf(row[key])])),
    })),
  };
}

/** `nan` and `inf` as pandas writes them; NaN for what is no number. */
function numberOf(value = ''): number {
  const text = value.trim();
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}

function noScores(path: string): CliError {
  return new CliError(
    `${path} has no scores of results; give a .csv with a column result, or scores.json of an evaluation`,
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
