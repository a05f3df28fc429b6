import { InvalidArgumentError } from 'commander';
import { UsageError } from '../ui/errors.ts';

/** One of `count` equal parts of the work. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
  /** Where it was taken from, for the log. */
  readonly origin: string;
}

/** The origin of a part that the user chose. */
export const BY_HAND = '--shard';

/** `i/n` with 0 <= i < n. @throws InvalidArgumentError for anything else */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match && index < count) return { index, count, origin: BY_HAND };
  throw new InvalidArgumentError('it must be i/n with i from 0 to n - 1, such as 0/4.');
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * This process's part of the work in a Slurm array or a Kubernetes indexed Job; the whole of it elsewhere.
 * @throws UsageError if the environment gives the index but not the count, or they do not match
 */
export function shardFromEnvironment(environment: Environment): Shard {
  if (environment.SLURM_ARRAY_TASK_ID !== undefined) return slurmShard(environment);
  if (environment.JOB_COMPLETION_INDEX !== undefined) return kubernetesShard(environment);
  return { index: 0, count: 1, origin: 'default' };
}

function slurmShard(environment: Environment): Shard {
  const step = integer(environment, 'SLURM_ARRAY_TASK_STEP', 1);
  const offset =
    integer(environment, 'SLURM_ARRAY_TASK_ID') - integer(environment, 'SLURM_ARRAY_TASK_MIN', 0);
  const [index, count] = [offset / step, integer(environment, 'SLURM_ARRAY_TASK_COUNT')];
  if (Number.isInteger(index) && index >= 0 && index < count)
    return { index, count, origin: 'the Slurm array' };
  throw new UsageError(
    `the Slurm array's indices are not evenly spaced, so task ${environment.SLURM_ARRAY_TASK_ID} has no place among ${count}; submit it with --array=0-${count - 1}, or pass --shard i/n`,
  );
}

function kubernetesShard(environment: Environment): Shard {
  if (environment.LUSD_SHARD_COUNT === undefined)
    throw new UsageError(
      "JOB_COMPLETION_INDEX is set but LUSD_SHARD_COUNT is not; set it to the Job's completions, or pass --shard i/n",
    );
  const index = integer(environment, 'JOB_COMPLETION_INDEX');
  const count = integer(environment, 'LUSD_SHARD_COUNT');
  if (index < count) return { index, count, origin: 'the Kubernetes Job' };
  throw new UsageError(
    `JOB_COMPLETION_INDEX is ${index} but LUSD_SHARD_COUNT is ${count}; set LUSD_SHARD_COUNT to the Job's completions`,
  );
}

function integer(environment: Environment, name: string, fallback?: number): number {
  const text = environment[name];
  if (text === undefined && fallback !== undefined) return fallback;
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  throw new UsageError(`${name} is '${text ?? ''}', not a number from 0; pass --shard i/n instead`);
}

/** The items of a shard: every `count`-th one, so that the parts take about equally long. */
export function takeShard<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, i) => i % count === index);
}
