import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  type EditCategory,
  isEditCategory,
  parseCaptions,
  parseCategories,
  type TurnTable,
} from '@lusd/lusd/metrics';
import { parsePythonJson } from '@lusd/sd-models';
import { reason } from '@lusd/sd-models/node';
import { readCsv } from '../csv/readCsv.ts';
import { CliError } from '../ui/errors.ts';

const COLUMNS = ['idx', 'category'] as const;

/** Captions by turn. @throws Error or MetricsError naming the file and what is wrong with it */
export async function readCaptions(path: string): Promise<TurnTable<string>> {
  return parseCaptions(await readJsonFile(path), path);
}

/**
 * Categories by turn, from JSON in the layout of the captions, or from a table like the released program's
 * `magicbrush_category.csv`: its `idx` names the turn's input, `12-input` or `12-output1`.
 * @param warn called with a message about input that was accepted but should be corrected
 * @throws Error, MetricsError or CliError naming the file and what is wrong with it
 */
export async function readCategories(
  path: string,
  warn: (message: string) => void,
): Promise<TurnTable<EditCategory>> {
  if (extname(path).toLowerCase() !== '.csv') return parseCategories(await readJsonFile(path), path);
  const rows = await readCsv(path, COLUMNS, warn);
  return {
    path,
    values: new Map(rows.map(({ values }) => parseRow(values.idx.trim(), values.category.trim(), path))),
  };
}

function parseRow(idx: string, category: string, path: string): [string, EditCategory] {
  const [, id, input] = /^(.+)-(input|output\d+)$/.exec(idx) ?? [];
  if (id === undefined || input === undefined) {
    throw new CliError(`${path}: '${idx}' is not a turn; idx must be of the form 12-input or 12-output1`);
  }
  if (!isEditCategory(category)) {
    throw new CliError(`${path}: the category of ${idx} is '${category}'; it must be add, change or remove`);
  }
  const turn = input === 'input' ? 1 : Number(input.slice('output'.length)) + 1;
  return [`${id}-output${turn}.png`, category];
}

async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  try {
    return parsePythonJson(text);
  } catch (cause) {
    throw new CliError(`${path} is not valid JSON: ${reason(cause)}; correct it`, { cause });
  }
}
