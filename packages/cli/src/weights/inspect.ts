import { join } from 'node:path';
import {
  type Checkpoint,
  type ComponentName,
  loadClipTokenizer,
  matchWeights,
  parseSchedulerConfig,
  type WeightSource,
} from '@lusd/sd-models';
import { bitsPerElement, isSafetensorsDType } from '@lusd/tensor';
import { isFolder } from '../files.ts';
import { describeError } from '../ui/errors.ts';
import { buildModel, COMPONENTS, describeUnexpected, openWeights, type StoredModel } from './models.ts';

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

/** What weights hold, and what keeps them from being loaded. */
export interface WeightsReport {
  readonly components: readonly ComponentReport[];
  /** Of a folder: what is wrong with its scheduler and tokenizer; of a single file: what belongs to no component. */
  readonly otherProblems: readonly string[];
}

/** Looks at everything that a diffusers folder or a single file must have; of weights, at headers only. */
export async function inspectWeights(path: string): Promise<WeightsReport> {
  const { model, scheduler, unexpected } = await openWeights(path);
  const components: ComponentReport[] = [];
  for (const name of COMPONENTS) components.push(await inspectComponent(name, () => model(name)));
  if (!(await isFolder(path)))
    return { components, otherProblems: unexpected.length > 0 ? [describeUnexpected(path, unexpected)] : [] };
  const checks = [
    async () => parseSchedulerConfig(await scheduler(), join(path, 'scheduler')),
    () => loadClipTokenizer(join(path, 'tokenizer')),
  ];
  const problems = await Promise.all(
    checks.map((check) =>
      check().then(
        () => [],
        (error) => [describeError(error)],
      ),
    ),
  );
  return { components, otherProblems: problems.flat() };
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
    problem = describeError(error);
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
