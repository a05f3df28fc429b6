import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FAMILIES } from './isa/families.ts';
import { ADAPTERS, type AdapterName } from './library.ts';

export interface Options {
  /** Parts of case names; none means all. */
  readonly only: readonly string[];
  /** Parts of contestants' names; none means all. */
  readonly library: readonly string[];
  readonly runs: number;
  /** Whether a software adapter runs the cases over `SOFTWARE_FLOPS` too. */
  readonly large: boolean;
  readonly adapter: AdapterName;
  readonly json: string | null;
  readonly help: boolean;
}

export const USAGE = `npm run bench -- [options]

  --only TEXT      only cases whose name contains TEXT (may be repeated)
  --library TEXT   only libraries whose name contains TEXT, beside ours (may be repeated)
  --large          on a software adapter too, the cases that take it minutes
  --runs N         rounds to take medians over (default 5)
  --adapter NAME   ${ADAPTERS.join(', ')} (default auto)
  --json FILE      where the results go (default bench/results/<date>-<adapter>.json)

Without --only, the host's cost is measured too (see host). Our figures are compared with the last run that bench/results
holds of the same adapter, and a plot is written beside the results.

npm run bench -- full-size [options]: a Stable Diffusion 1.5 in f16 at 512 x 512, by layer kind, and an edit with it

  --weights FOLDER its diffusers folder, variant fp16 (default: random weights of the real shapes, made anew)
  --adapter NAME   as above
  --make FOLDER    only makes those random weights, for \`lusd bench --weights FOLDER\`

npm run bench -- host: what a UNet call and an iteration cost the host, and what an edit holds of device memory, on a GPU that
                       computes nothing (see isa)

npm run bench -- memory: device memory of each editing method with a full-size model, on the same GPU

npm run bench -- isa [options]: what Mesa's compiler makes of a full-size edit's kernels for AMD GPUs that are not here
(Linux on x64; needs apt-get, Debian's keys and gcc; downloads Mesa into ~/.cache/lusd at first use)

  --family NAME    only ${FAMILIES.map(({ name }) => name).join(', ')} (may be repeated)
  --only TEXT      only kernels that have TEXT in their name, or in what launched them first
  --dump FOLDER    what the driver prints about each, before and after its compiler, into FOLDER/family/
  --json FILE      where the results go, for programs
  --markdown       writes the tables of docs/performance.md instead of printing`;

/** @throws Error naming what is wrong with the command line */
export function parseOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      library: { type: 'string', multiple: true, default: [] },
      large: { type: 'boolean', default: false },
      runs: { type: 'string', default: '5' },
      adapter: { type: 'string', default: 'auto' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    ...values,
    runs: parseRuns(values.runs),
    adapter: parseAdapter(values.adapter),
    json: values.json === undefined ? null : resolve(process.env.INIT_CWD ?? '.', values.json),
  };
}

function parseRuns(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs: wants a whole number from 1, got '${text}'`);
  return runs;
}

/** @throws Error naming the adapters there are */
export function parseAdapter(text: string): AdapterName {
  const adapter = ADAPTERS.find((name) => name === text);
  if (!adapter) throw new Error(`--adapter: wants one of ${ADAPTERS.join(', ')}, got '${text}'`);
  return adapter;
}
