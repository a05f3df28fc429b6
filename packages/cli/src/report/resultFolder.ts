import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { reason } from '@lusd/sd-models/node';
import { cacheFolderOf } from '../edit/editKeeper.ts';
import { type EditRecord, parseRecord, RECORD_FILE } from '../edit/editRecord.ts';
import { exists, isFolder } from '../files.ts';
import { CliError } from '../ui/errors.ts';
import { readScores, type ScoreTable } from './scores.ts';

/** A result's picture, what is kept of how it was made, or both. */
export interface FoundResult {
  /** Its path from the folder, without the ending: results of several folders that have one name are compared. */
  readonly name: string;
  /** The picture's path; null where there is none. */
  readonly file: string | null;
  readonly kept: KeptEdit | null;
}

/** An `edit.json`, and where it lies. */
export interface KeptEdit {
  readonly folder: string;
  readonly record: EditRecord;
  /** Whether the picture is the one that it tells of. */
  readonly isCurrent: boolean;
}

/** The results below a folder. */
export interface ResultFolder {
  readonly path: string;
  readonly results: readonly FoundResult[];
  /** Those of its `scores.json` or `scores.csv`. */
  readonly scores: ScoreTable | null;
}

const CACHE = '.cache';
const PICTURE = /\.png$/i;
const SCORES = ['scores.json', 'scores.csv'];

/**
 * Finds the results below a folder, or one result by its file.
 * @throws CliError if there is nothing there, or a file of the folder is damaged
 */
export async function readResultFolder(path: string): Promise<ResultFolder> {
  if (!(await exists(path)))
    throw new CliError(`there is no ${path}; give a folder that lusd edit or lusd run wrote to`);
  const isWhole = await isFolder(path);
  const folder = isWhole ? path : dirname(path);
  const { pictures, records } = isWhole ? await listFolder(path) : await listOne(path);
  const names = [...new Set([...pictures.keys(), ...records])].sort();
  const results: FoundResult[] = [];
  for (const name of names) {
    const file = pictures.get(name) ?? null;
    results.push({ name, file, kept: records.has(name) ? await readKept(folder, name, file) : null });
  }
  return { path, results, scores: await findScores(folder) };
}

interface Listing {
  /** Paths by the pictures' names. */
  readonly pictures: ReadonlyMap<string, string>;
  /** Names of kept edits. */
  readonly records: ReadonlySet<string>;
}

async function listFolder(folder: string): Promise<Listing> {
  const files = await readdir(folder, { recursive: true, encoding: 'utf8' }).catch((cause: unknown) => {
    throw new Error(`the folder ${folder} cannot be read: ${reason(cause)}`, { cause });
  });
  const [pictures, records] = [new Map<string, string>(), new Set<string>()];
  for (const path of files) {
    const parts = path.split(sep);
    const hidden = parts.findIndex((part) => part.startsWith('.'));
    if (hidden < 0 && PICTURE.test(path))
      pictures.set(parts.join('/').replace(PICTURE, ''), join(folder, path));
    const isRecord = parts[hidden] === CACHE && hidden === parts.length - 3 && parts.at(-1) === RECORD_FILE;
    if (isRecord) records.add([...parts.slice(0, hidden), parts.at(-2)].join('/'));
  }
  return { pictures, records };
}

async function listOne(path: string): Promise<Listing> {
  const name = basename(path, extname(path));
  const hasRecord = await exists(join(cacheFolderOf(path), RECORD_FILE));
  return { pictures: new Map([[name, path]]), records: new Set(hasRecord ? [name] : []) };
}

async function readKept(folder: string, name: string, file: string | null): Promise<KeptEdit> {
  const kept = join(folder, dirname(name), CACHE, basename(name));
  const path = join(kept, RECORD_FILE);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  const record = parseRecord(text, path);
  return { folder: kept, record, isCurrent: file !== null && (await hasSum(file, record)) };
}

async function hasSum(file: string, { result }: EditRecord): Promise<boolean> {
  if (result === null) return false;
  return (
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex') === result.sha256
  );
}

async function findScores(folder: string): Promise<ScoreTable | null> {
  for (const name of SCORES) if (await exists(join(folder, name))) return readScores(join(folder, name));
  return null;
}

/** What each folder is called where several are compared: its own name, or its path where two have one name. */
export function folderLabels(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(resolve(path)));
  const isUnique = new Set(names).size === names.length;
  return isUnique ? names : paths.map((path) => relative('.', path) || '.');
}
