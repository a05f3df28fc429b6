import { type Checkpoint, type ComponentName, matchWeights, type WeightSource } from '@lusd/sd-models';
import { bitsPerElement, isSafetensorsDType } from '@lusd/tensor';
import { buildModel, COMPONENTS, type StoredModel, storedModels } from './models.ts';

/** What a component's files hold, and why it could not be loaded, if so. */
export interface ComponentReport {
  readonly name: ComponentName;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
  /** Tensors of each dtype. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly problem: string | null;
  readonly checkpoint: Checkpoint;
}

/** Looks at every component of a diffusers folder or a single file; headers only. */
export async function inspectWeights(path: string): Promise<ComponentReport[]> {
  const modelOf = await storedModels(path);
  const reports: ComponentReport[] = [];
  for (const name of COMPONENTS) reports.push(await inspectComponent(name, () => modelOf(name)));
  return reports;
}

async function inspectComponent(
  name: ComponentName,
  open: () => Promise<StoredModel>,
): Promise<ComponentReport> {
  let checkpoint: Checkpoint = new Map();
  let problem: string | null = null;
  try {
    const stored = await open();
    checkpoint = stored.checkpoint;
    matchWeights(buildModel(name, stored), checkpoint);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const sources = [...checkpoint.values()];
  const dtypes: Record<string, number> = {};
  for (const { dtype } of sources) dtypes[dtype] = (dtypes[dtype] ?? 0) + 1;
  return {
    name,
    tensors: sources.length,
    parameters: sum(sources, elementsOf),
    bytes: sum(sources, bytesOf),
    dtypes,
    problem,
    checkpoint,
  };
}

export function bytesOf(source: WeightSource): number {
  const { dtype } = source;
  return isSafetensorsDType(dtype) ? (elementsOf(source) * bitsPerElement(dtype)) / 8 : 0;
}

function elementsOf({ shape }: WeightSource): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function sum(sources: readonly WeightSource[], of: (source: WeightSource) => number): number {
  return sources.reduce((total, source) => total + of(source), 0);
}
