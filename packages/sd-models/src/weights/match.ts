import type { Module, Parameter } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import { isWeightDType } from './readWeight.ts';
import { type StateDict, type WeightSource, withShape } from './weightSource.ts';

/** A parameter and where its value is stored. */
export interface WeightMatch {
  readonly name: string;
  readonly parameter: Parameter;
  /** In the parameter's shape, as PyTorch has it. */
  readonly source: WeightSource;
}

/**
 * Finds every parameter of `module` in a checkpoint, by name. A matrix also fits a 1x1 convolution, and the reverse.
 *
 * @throws CheckpointError naming missing, unexpected and misshapen tensors and those of a dtype that holds no weights,
 *   the first five of each, and how many there are
 */
export function matchWeights(module: Module, checkpoint: StateDict): WeightMatch[] {
  const matches: WeightMatch[] = [];
  const [missing, misshapen, undecodable]: [string[], string[], string[]] = [[], [], []];
  const unexpected = new Set(checkpoint.keys());
  for (const [name, parameter] of module.namedParameters()) {
    unexpected.delete(name);
    const stored = checkpoint.get(name);
    const source = stored && withShape(stored, parameter.torchShape);
    if (!stored) missing.push(name);
    else if (!source)
      misshapen.push(`${name} ${list(stored.shape)} instead of ${list(parameter.torchShape)}`);
    else if (!isWeightDType(source.dtype)) undecodable.push(`${name} ${source.dtype}`);
    else matches.push({ name, parameter, source });
  }
  const problems = [
    describe('missing', missing),
    describe('unexpected', [...unexpected]),
    describe('misshapen', misshapen),
    describe('of a dtype that holds no weights', undecodable),
  ].filter((problem) => problem !== '');
  if (problems.length === 0) return matches;
  throw new CheckpointError(
    `The weights in ${filesOf(checkpoint)} do not fit the model's configuration: ${problems.join('; ')}.`,
  );
}

function list(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Names listed of a kind; a model of another kind would fill pages. */
const LISTED = 5;

function describe(what: string, names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return names.length === 0 ? '' : `${what}: ${names.slice(0, LISTED).join(', ')}${more}`;
}

function filesOf(checkpoint: StateDict): string {
  return (
    [...new Set([...checkpoint.values()].map(({ file }) => file.name))].join(', ') || 'an empty checkpoint'
  );
}
