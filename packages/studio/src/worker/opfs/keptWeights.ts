import { blobFolder, type ModelFolder } from '@lusd/sd-models';
import type { KeptWeights } from '../../engine/engine.ts';
import { EngineError } from '../../session/index.ts';
import { filesIn, PART, weightsRoot, writeText } from './privateFiles.ts';
import type { PullPlan } from './pullPlan.ts';

/** The file of a weights folder that says what belongs in it. */
const PLAN = 'lusd.json';

/** The folder of weights, made where it is missing. */
export async function weightsFolder(name: string): Promise<FileSystemDirectoryHandle> {
  // A name such as org/model is one folder.
  return (await weightsRoot()).getDirectoryHandle(encodeURIComponent(name), { create: true });
}

export async function writePlan(folder: FileSystemDirectoryHandle, plan: PullPlan): Promise<void> {
  await writeText(folder, PLAN, JSON.stringify(plan, null, 1));
}

/** What belongs in a folder; null where no download was begun. */
export async function readPlan(files: ReadonlyMap<string, File>): Promise<PullPlan | null> {
  const text = await files.get(PLAN)?.text();
  return text === undefined ? null : (JSON.parse(text) as PullPlan);
}

/** The weights that this origin keeps, whole or not. */
export async function listKept(): Promise<KeptWeights[]> {
  const kept: KeptWeights[] = [];
  for await (const [name, handle] of await weightsRoot())
    if (handle.kind === 'directory')
      kept.push(
        await describeKept(decodeURIComponent(name), await filesIn(handle as FileSystemDirectoryHandle)),
      );
  return kept;
}

export async function describeKept(name: string, files: ReadonlyMap<string, File>): Promise<KeptWeights> {
  const plan = await readPlan(files);
  const bytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  const sizeOf = (path: string) => files.get(path)?.size ?? files.get(path + PART)?.size ?? 0;
  const missing = plan?.files.reduce((sum, { path, size }) => sum + size - sizeOf(path), 0);
  // Whole but not checked yet counts as missing, too.
  const isChecked = plan?.files.every(({ path }) => files.has(path)) ?? false;
  return { name, bytes, missing: isChecked ? 0 : Math.max(1, missing ?? 1), license: plan?.license ?? null };
}

/** @throws EngineError if they are not there, or not whole */
export async function keptModel(name: string): Promise<ModelFolder> {
  const files = await filesIn(await weightsFolder(name));
  const { missing } = await describeKept(name, files);
  if (missing === 0) return blobFolder(files, name);
  throw new EngineError({
    kind: 'other',
    message: `the weights ${name} are not downloaded whole; go on with their download`,
  });
}

export async function removeKept(name: string): Promise<void> {
  await (await weightsRoot()).removeEntry(encodeURIComponent(name), { recursive: true });
}
