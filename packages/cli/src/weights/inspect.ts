import {
  type Checkpoint,
  COMPONENT_NAMES,
  type ComponentName,
  type PartName,
  type StateDict,
  type WeightSource,
} from '@lusd/sd-models';
import { bitsPerElement, isSafetensorsDType } from '@lusd/tensor';
import { describeError } from '../ui/errors.ts';

/** The content of a component's files, and why it could not be loaded, if so. */
export interface ComponentReport {
  readonly name: ComponentName;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
  /** Tensors of each dtype. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly problem: string | null;
  readonly stateDict: StateDict;
}

/** The content of weights, and why they could not be loaded, if so. */
export interface WeightsReport {
  readonly components: readonly ComponentReport[];
  /** Problems of the scheduler, the tokenizer, or of parts that do not fit each other. */
  readonly otherProblems: readonly string[];
}

/** Inspects everything that a checkpoint must have; of weights, only the headers. */
export function inspectCheckpoint(checkpoint: Checkpoint): WeightsReport {
  const problems = checkpoint.problems();
  const ofPart = (part: PartName | null) =>
    problems.filter((problem) => problem.part === part).map(({ error }) => describeError(error));
  return {
    components: COMPONENT_NAMES.map((name) => {
      const [problem = null] = ofPart(name);
      return reportComponent(name, stateDictOf(checkpoint, name), problem);
    }),
    otherProblems: [...ofPart('scheduler'), ...ofPart('tokenizer'), ...ofPart(null)],
  };
}

/** Empty if the component cannot be opened, which is one of the checkpoint's problems. */
function stateDictOf(checkpoint: Checkpoint, name: ComponentName): StateDict {
  return checkpoint.has(name) ? checkpoint.part(name).stateDict : new Map();
}

function reportComponent(name: ComponentName, stateDict: StateDict, problem: string | null): ComponentReport {
  const sources = [...stateDict.values()];
  const dtypes: Record<string, number> = {};
  for (const { dtype } of sources) dtypes[dtype] = (dtypes[dtype] ?? 0) + 1;
  return {
    name,
    tensors: sources.length,
    parameters: sum(sources, elementsOf),
    bytes: sum(sources, bytesOf),
    dtypes,
    problem,
    stateDict,
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
