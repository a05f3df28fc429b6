import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TaggerModelError } from '../errors.ts';
import type { PerceptronModel } from '../prompts/perceptronTagger.ts';

const NAME = 'averaged_perceptron_tagger_eng';

/**
 * Reads NLTK's English tagger from a folder.
 *
 * @param folder the unpacked `averaged_perceptron_tagger_eng` of NLTK's data: its `.weights.json`,
 *   `.tagdict.json` and `.classes.json`
 * @throws TaggerModelError if a file is missing or does not hold what NLTK writes there
 */
export async function loadPerceptronModel(folder: string): Promise<PerceptronModel> {
  const [weights, tagdict, classes] = await Promise.all([
    readPart(folder, 'weights', parseWeights),
    readPart(folder, 'tagdict', (json) => parseRecord(json, isString)),
    readPart(folder, 'classes', parseClasses),
  ]);
  return { weights, tagdict, classes };
}

async function readPart<T>(folder: string, part: string, parse: (json: unknown) => T | null): Promise<T> {
  const path = join(folder, `${NAME}.${part}.json`);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TaggerModelError(
      `cannot read ${path}; unpack NLTK's ${NAME}.zip and name the folder that holds its three JSON files`,
      { cause },
    );
  });
  const value = parse(parseJson(text));
  if (value === null) {
    throw new TaggerModelError(`${path} is not NLTK's ${part} file; download ${NAME}.zip again`);
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function parseWeights(json: unknown): Map<string, Map<string, number>> | null {
  const features = parseRecord(json, isRecord);
  if (features === null) return null;
  const weights = new Map<string, Map<string, number>>();
  for (const [feature, byTag] of features) {
    const parsed = parseRecord(byTag, isNumber);
    if (parsed === null) return null;
    weights.set(feature, parsed);
  }
  return weights;
}

function parseClasses(json: unknown): string[] | null {
  return Array.isArray(json) && json.length > 0 && json.every(isString) ? json : null;
}

function parseRecord<T>(json: unknown, isValue: (value: unknown) => value is T): Map<string, T> | null {
  if (!isRecord(json)) return null;
  const entries = Object.entries(json).filter((entry): entry is [string, T] => isValue(entry[1]));
  return entries.length === Object.keys(json).length ? new Map(entries) : null;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
