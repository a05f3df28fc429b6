import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  type EditCategory,
  isEditCategory,
  parseCaptions,
  parseCategories,
  type TurnTable,
} from '@lusd/lusd/metrics';
import { readCsv } from '../csv.ts';
import { reason } from '../files.ts';
import { CliError } from '../ui/errors.ts';

const COLUMNS = ['idx', 'category'] as const;

/** Captions by turn. @throws Error or MetricsError naming the file and what is wrong with it */
export async function readCaptions(path: string): Promise<TurnTable<string>> {
  return parseCaptions(await readJsonFile(path), path);
}

/**
 * Categories by turn, from JSON in the layout of the captions, or from a table like the released program's
 * `magicbrush_category.csv`: its `idx` names the turn's input, `12-input` or `12-output1`.
 * @throws Error, MetricsError or CliError naming the file and what is wrong with it
 */
export async function readCategories(path: string): Promise<TurnTable<EditCategory>> {
  if (extname(path) !== '.csv') return parseCategories(await readJsonFile(path), path);
  const records = await readCsv(path, COLUMNS);
  return {
    path,
    values: new Map(records.map(({ idx = '', category = '' }) => parseRow(idx, category, path))),
  };
}

function parseRow(idx: string, category: string, path: string): [string, EditCategory] {
  const [, id, input] = /^(.+)-(input|output\d+)$/.exec(idx) ?? [];
  if (id === undefined || input === undefined) {
    throw new CliError(`${path}: '${idx}' names no turn; idx must be such as 12-input or 12-output1`);
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
    return JSON.parse(text);
  } catch (cause) {
    // Node quotes the text, with its line breaks.
    const problem = reason(cause).replace(/\s+/g, ' ');
    throw new CliError(`${path} is not valid JSON: ${problem}; correct it`, { cause });
  }
}
