import { readFileSync } from 'node:fs';
import { openSafetensors, toFloat32, toInt32 } from '@lusd/tensor';

/** A recorded run of a released program. */
export interface GoldenRun<Case> {
  /** Its `case.json`. */
  readonly record: Case;
  /** The recorded tensors by key: whole numbers as they are, f32 as Float32Array. */
  readonly tensors: ReadonlyMap<string, Float32Array | Int32Array>;
}

export function goldenFolder(name: string): URL {
  return new URL(`../golden/${name}/`, import.meta.url);
}

export function readJson<T>(url: URL): T {
  return JSON.parse(readFileSync(url, 'utf8')) as T;
}

/** @param name such as `trajectories/accept_all` */
export async function readGolden<Case>(name: string): Promise<GoldenRun<Case>> {
  const folder = goldenFolder(name);
  const tensors = await readTensors(new URL('trajectory.safetensors', folder));
  return { record: readJson(new URL('case.json', folder)), tensors };
}

/** The tensors of a file in `golden/`, as `GoldenRun` has them. */
export async function readTensors(url: URL): Promise<GoldenRun<unknown>['tensors']> {
  await using file = await openSafetensors(url);
  const tensors = new Map<string, Float32Array | Int32Array>();
  for (const [key, { dtype }] of file.tensors) {
    const bytes = await file.read(key);
    tensors.set(key, dtype === 'F32' ? toFloat32(bytes, dtype) : toInt32(bytes, dtype));
  }
  return tensors;
}
