import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseShard, shardFromEnvironment, takeShard } from '../../src/run/shard.ts';
import { lusdIn, ONE_ERROR, type Outcome, QUICK, temporaryFolder } from '../lusd.ts';
import { disc, writeInput } from '../pictures.ts';

describe('parts of the work', () => {
  test.each([
    [0, 1],
    [7, 1],
    [7, 3],
    [2, 5],
    [12, 4],
  ])('of %i jobs in %i parts are disjoint, complete and even', (jobs, count) => {
    const items = Array.from({ length: jobs }, (_, i) => i);
    const parts = Array.from({ length: count }, (_, i) => takeShard(items, parseShard(`${i}/${count}`)));
    expect(parts.flat().sort((a, b) => a - b)).toEqual(items);
    const sizes = parts.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  test.each([
    ['a Slurm array from 0', slurm([0, 1, 2, 3])],
    ['a Slurm array from 1', slurm([1, 2, 3])],
    ['a Slurm array of every third index', slurm([4, 7, 10], 3)],
    ['a Kubernetes Job', kubernetes(3)],
  ])('%s: every task has its own', (_, environments) => {
    const shards = environments.map(shardFromEnvironment);
    expect(shards.map(({ index }) => index)).toEqual(environments.map((_, i) => i));
    expect(shards.map(({ count }) => count)).toEqual(environments.map(() => environments.length));
  });

  test('elsewhere it is the whole', () => {
    expect(shardFromEnvironment({})).toMatchObject({ index: 0, count: 1 });
  });
});

/** What Slurm sets in each task of an array. */
function slurm(indices: readonly number[], step = 1): Record<string, string>[] {
  return indices.map((id) => ({
    SLURM_ARRAY_TASK_ID: `${id}`,
    SLURM_ARRAY_TASK_COUNT: `${indices.length}`,
    SLURM_ARRAY_TASK_MIN: `${indices[0]}`,
    SLURM_ARRAY_TASK_MAX: `${indices.at(-1)}`,
    SLURM_ARRAY_TASK_STEP: `${step}`,
  }));
}

/** What Kubernetes, and docs/kubernetes-job.yaml, set in each pod of an indexed Job. */
function kubernetes(completions: number): Record<string, string>[] {
  return Array.from({ length: completions }, (_, index) => ({
    JOB_COMPLETION_INDEX: `${index}`,
    LUSD_SHARD_COUNT: `${completions}`,
  }));
}

describe('lusd run', () => {
  const folder = temporaryFolder();
  const input = writeInput(join(folder, 'input'), { 'one.png': encodePng(disc()) });
  const output = join(folder, 'output');
  const flags = ['--num-steps', '1', '--num-seed', '3', '--input-dir', input, '--output-dir', output];
  const run = (env: Record<string, string>, ...more: string[]) =>
    lusdIn({ env }, 'run', ...QUICK, ...flags, ...more);
  const names = ['000_seed0', '000_seed1', '000_seed2'];

  beforeAll(() => {
    for (const env of slurm([0, 1])) expect(run(env, '--json')).toMatchObject({ code: 0 });
  });

  const skippedBy = (env: Record<string, string>, ...more: string[]) =>
    run(env, '--json', ...more).events.find(({ event }) => event === 'skipped')?.jobs;

  test('the tasks of an array have done the whole work between them', () => {
    expect(skippedBy({})).toEqual(names);
  });

  test("B33: a task whose folder lacks other parts' results is told how to do them all", () => {
    const [first, second] = slurm([0, 1]);
    const alone = ['--output-dir', join(folder, 'task0')];
    const warningsOf = ({ events }: Outcome) =>
      events.filter(({ event }) => event === 'warning').map(({ message }) => message);
    expect(warningsOf(run(second ?? {}, '--json', ...alone))).toEqual([
      expect.stringMatching(
        /^2 of 3 edits belong to other parts and have no result in \S+task0 yet: 000_seed0, 000_seed2; if each task of the Slurm array has its own output folder, pass --shard 0\/1 to do all of them$/,
      ),
    ]);
    expect(warningsOf(run({}, '--json', '--shard', '1/2', ...alone)), 'by hand').toEqual([]);
    expect(warningsOf(run(first ?? {}, '--json')), 'in the folder of all').toEqual([]);
    expect(warningsOf(run(first ?? {}, '--json', '--shard', '0/1')), 'all').toEqual([]);
  });

  test('each part is its own', () => {
    expect(kubernetes(2).map((env) => skippedBy(env))).toEqual([[names[0], names[2]], [names[1]]]);
    expect(skippedBy({}, '--shard', '2/3')).toEqual([names[2]]);
    expect(skippedBy(slurm([0, 1])[0]!, '--shard', '1/3'), '--shard wins').toEqual([names[1]]);
    expect(run({}, '--shard', '3/4'), 'a part without work').toMatchObject({ code: 0 });
  });

  test.each<[says: RegExp, env: Record<string, string>, flags: string[]]>([
    [/--shard.* '3\/3' is invalid: it must be i\/n/, {}, ['--shard', '3/3']],
    [/--shard.* 'half' is invalid: it must be i\/n/, {}, ['--shard', 'half']],
    [/SLURM_ARRAY_TASK_ID is 'x', not a number from 0/, { SLURM_ARRAY_TASK_ID: 'x' }, []],
    [/SLURM_ARRAY_TASK_COUNT is '', not a number/, { SLURM_ARRAY_TASK_ID: '0' }, []],
    [/not evenly spaced, .*--array=0-2, or pass --shard/, slurm([1, 5, 6])[1]!, []],
    [/LUSD_SHARD_COUNT is not; set it to the Job's completions/, { JOB_COMPLETION_INDEX: '0' }, []],
    [
      /JOB_COMPLETION_INDEX is 2 but LUSD_SHARD_COUNT is 2/,
      { JOB_COMPLETION_INDEX: '2', LUSD_SHARD_COUNT: '2' },
      [],
    ],
  ])('what cannot be is wrong usage: %s', (says, env, more) => {
    const { code, stderr } = run(env, ...more);
    expect(code).toBe(2);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });
});
