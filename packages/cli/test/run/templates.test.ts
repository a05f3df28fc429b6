import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from '@lusd/sd-models/node';
import { expect, test } from 'vitest';
import { BIN, lusdIn, QUICK, temporaryFolder, thorough } from '../lusd.ts';
import { disc, filesOf, writeInput } from '../pictures.ts';

const docs = (name: string) => fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url));
const folder = temporaryFolder();
const input = writeInput(join(folder, 'input'), { 'disc.png': encodePng(disc()) });
const TINY = [...QUICK, '--num_steps', '1', '--num_seed', '3'];

const resultsIn = (output: string) => Object.keys(filesOf(output)).filter((name) => !name.includes('.cache'));

thorough('docs/slurm.sh does its part', () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'lusd'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
  chmodSync(join(bin, 'lusd'), 0o755);
  const output = join(folder, 'slurm');
  const env = {
    ...process.env,
    PATH: [bin, process.env.PATH].join(delimiter),
    SLURM_ARRAY_TASK_ID: '1',
    SLURM_ARRAY_TASK_COUNT: '2',
    SLURM_ARRAY_TASK_MIN: '0',
    SLURM_ARRAY_TASK_STEP: '1',
  };
  const { status, stderr } = spawnSync('bash', [docs('slurm.sh'), input, output, ...TINY], {
    encoding: 'utf8',
    env,
  });
  expect(status, stderr).toBe(0);
  expect(stderr).toContain('Part 1 of 2, counted from 0 (the Slurm array).');
  expect(resultsIn(output)).toEqual(['000_seed1.png']);
});

test('docs/kubernetes-job.yaml counts its parts as it completes them, and its arguments are lusd’s', () => {
  const job = readFileSync(docs('kubernetes-job.yaml'), 'utf8');
  const completions = /^ {2}completions: (\d+)$/m.exec(job)![1]!;
  expect(/name: LUSD_SHARD_COUNT.*\n +value: "(\d+)"/.exec(job)![1]).toBe(completions);

  const list = /args:\n((?: +- .*\n)+)/.exec(job)![1]!;
  const args = [...list.matchAll(/- (.*)/g)].map(([, arg]) => arg!.replace('/data', folder));
  const env = { JOB_COMPLETION_INDEX: '2', LUSD_SHARD_COUNT: completions };
  const { code, events } = lusdIn({ env }, ...args, ...TINY);
  expect(code).toBe(0);
  expect(events[0]).toMatchObject({ event: 'shard', index: 2, count: Number(completions) });
  expect(resultsIn(join(folder, 'output'))).toEqual(['000_seed2.png']);
});
