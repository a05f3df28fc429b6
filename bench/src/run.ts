import type { Case } from './cases.ts';
import { disagreement } from './check.ts';
import type { Contestant } from './contestants.ts';
import type { Answers, Measurement } from './protocol.ts';
import type { Team } from './team.ts';

export interface Timing {
  /** Medians over the runs. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** The very first run, with compilation. */
  readonly firstMs: number;
  /** Most device memory held; null if the library does not count it. */
  readonly peakBytes: number | null;
  readonly runs: readonly Measurement[];
}

/** A time, or why there is none. */
export type Outcome = Timing | { readonly reason: string };

export interface CaseResult {
  readonly benchCase: Case;
  /** One outcome a contestant, in their order. */
  readonly outcomes: readonly Outcome[];
}

/** A run repeats the operation until about this much time has passed. */
const TARGET_MS = 250;
const MOST_ITERATIONS = 500;

/** A contestant on its way through one case. */
interface Entry {
  readonly contestant: Contestant;
  first: Answers['prepare'] | null;
  peakBytes: number | null;
  reason: string | null;
  readonly runs: Measurement[];
}

/**
 * Times `benchCase` on every contestant: all prepare it, results are checked against the first contestant's, then
 * `runs` rounds take them in turn, so that whatever else the machine does falls on all alike.
 */
export async function runCase(
  benchCase: Case,
  contestants: readonly Contestant[],
  team: Team,
  runs: number,
): Promise<CaseResult> {
  const entries = contestants.map(
    (contestant): Entry => ({ contestant, first: null, peakBytes: null, reason: null, runs: [] }),
  );
  for (const entry of entries) await prepare(entry, entries[0]!, benchCase, team);
  for (let round = 0; round < runs; round++) {
    for (const entry of entries) await measure(entry, team);
  }
  for (const entry of entries) {
    await attempt(entry, async () => {
      const worker = await team.worker(entry.contestant);
      entry.peakBytes = (await worker.ask({ ask: 'release' })).peakBytes;
    });
  }
  return { benchCase, outcomes: entries.map(outcomeOf) };
}

async function prepare(entry: Entry, judge: Entry, benchCase: Case, team: Team): Promise<void> {
  await attempt(entry, async () => {
    const worker = await team.worker(entry.contestant);
    entry.first = await worker.ask({ ask: 'prepare', benchCase });
    if (!judge.first)
      throw new Error(`not timed, since ${judge.contestant.name} has no result to check it against`);
    const problem = disagreement(entry.first.sample, judge.first.sample);
    if (problem) throw new Error(problem);
  });
}

async function measure(entry: Entry, team: Team): Promise<void> {
  await attempt(entry, async () => {
    const { secondMs } = entry.first!;
    const iterations = Math.min(MOST_ITERATIONS, Math.max(1, Math.round(TARGET_MS / secondMs)));
    const worker = await team.worker(entry.contestant);
    entry.runs.push(await worker.ask({ ask: 'measure', iterations }));
  });
}

/** Runs `body` unless the entry has failed already; a failure becomes the entry's outcome. */
async function attempt(entry: Entry, body: () => Promise<unknown>): Promise<void> {
  if (entry.reason !== null) return;
  try {
    await body();
  } catch (error) {
    entry.reason = error instanceof Error ? error.message : String(error);
  }
}

function outcomeOf({ reason, first, peakBytes, runs }: Entry): Outcome {
  if (reason !== null) return { reason };
  return {
    wallMs: median(runs.map(({ wallMs }) => wallMs)),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    firstMs: first!.firstMs,
    peakBytes,
    runs,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
