import type { SafetensorsSource } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import { type JsonObject, parseJsonObject } from '../json.ts';

/** A file of a model: on a disk, picked in a browser, or at a web address. */
export interface ModelFile {
  readonly kind: 'file';
  /** Its path or address, for messages. */
  readonly name: string;
  /** What `openSafetensors` reads it from. */
  readonly source: SafetensorsSource;
  /** Its text. @throws if it cannot be read */
  text(): Promise<string>;
  /** Its first bytes, at most `length` of them. @throws if it cannot be read */
  head(length: number): Promise<Uint8Array>;
  /** The file called `name` in the same folder; null if there is none. */
  beside(name: string): Promise<ModelFile | null>;
  /** The folder that it lies in; null if that is not known. */
  readonly folder: ModelFolder | null;
}

/**
 * A folder of a model's files: on a disk, picked in a browser, or at a web address. Paths are relative to it, with `/`.
 */
export interface ModelFolder {
  readonly kind: 'folder';
  /** Its path or address, for messages. */
  readonly name: string;
  /** The file at `path`; null if there is none. @throws if the folder cannot be read */
  find(path: string): Promise<ModelFile | null>;
  /** Names of the files and folders in the folder at `path`; empty if there are none or nothing lists them. */
  list(path: string): Promise<readonly string[]>;
}

/** A name that a folder on a disk or behind an address may have: no absolute path, and none that leaves the folder. */
export function isInside(path: string): boolean {
  return !path.startsWith('/') && !/[\\\0:]/.test(path) && !path.split('/').includes('..');
}

/** The folder `path` of a folder. */
export function subfolder(folder: ModelFolder, path: string): ModelFolder {
  return {
    kind: 'folder',
    name: `${folder.name}/${path}`,
    find: (inner) => folder.find(`${path}/${inner}`),
    list: (inner) => folder.list(inner === '' ? path : `${path}/${inner}`),
  };
}

/** The last part of a file's name, without the ending: `m` of `models/m.safetensors`. */
export function stemOf({ name }: ModelFile): string {
  return baseName(name).replace(/\.[^.]*$/, '');
}

/** The last part of a path or address. */
export function baseName(path: string): string {
  return path.replace(/[?#].*$/, '').replace(/^.*[/\\]/, '');
}

/** @throws CheckpointError if the file cannot be read */
export async function readText(file: ModelFile): Promise<string> {
  return file.text().catch((cause: unknown) => {
    throw new CheckpointError(`${file.name} cannot be read; check that the file is complete and readable.`, {
      cause,
    });
  });
}

/** The text of a folder's file; undefined if there is no such file. @throws CheckpointError if it cannot be read */
export async function readTextIfThere(folder: ModelFolder, path: string): Promise<string | undefined> {
  const file = await folder.find(path);
  return file === null ? undefined : readText(file);
}

/** A folder's file of JSON; undefined if there is no such file. @throws CheckpointError naming what is wrong with it */
export async function readJsonIfThere(folder: ModelFolder, path: string): Promise<JsonObject | undefined> {
  const text = await readTextIfThere(folder, path);
  return text === undefined ? undefined : parseJsonObject(text, `${folder.name}/${path}`);
}

/**
 * A folder's file of JSON.
 * @throws CheckpointError if it is missing or not a JSON object
 */
export async function readJson(folder: ModelFolder, path: string): Promise<JsonObject> {
  const json = await readJsonIfThere(folder, path);
  if (json !== undefined) return json;
  throw new CheckpointError(`${folder.name} has no ${path}; download the folder again.`);
}
