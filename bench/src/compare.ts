import { type Clock, clockOf, type Machine } from './report.ts';
import type { StoredResults } from './results.ts';
import type { CaseResult, Timing } from './run.ts';

/** What became of a case since an earlier run. */
export interface Change {
  readonly name: string;
  readonly contestant: string;
  /** Milliseconds a run, medians. */
  readonly before: number;
  readonly now: number;
  readonly verdict: 'worse' | 'better' | 'same';
}

/** Medians closer than this share are called the same, whatever their spread. */
const LEAST_CHANGE = 0.05;

/**
 * Our cases that both runs timed. A case is worse if every run of it was slower than every run before, and better if
 * every run was faster: what overlaps cannot be told from noise.
 */
export function changesSince(
  before: StoredResults,
  machine: Machine,
  results: readonly CaseResult[],
  ours: readonly string[],
): Change[] {
  const clock = clockOf(machine);
  return results.flatMap(({ benchCase: { name }, outcomes }) =>
    ours.flatMap((contestant, i): Change[] => {
      const earlier = before.timingOf(name, contestant);
      const outcome = outcomes[i];
      if (!earlier || !outcome || 'reason' in outcome) return [];
      return [{ name, contestant, ...compare(earlier, outcome, clock) }];
    }),
  );
}

function compare(earlier: Timing, later: Timing, clock: Clock): Omit<Change, 'name' | 'contestant'> {
  const [before, now] = [clock(earlier), clock(later)];
  const [old, recent] = [earlier, later].map(({ runs }) => runs.map(clock)) as [number[], number[]];
  const differs = Math.abs(now / before - 1) > LEAST_CHANGE;
  const slower = Math.min(...recent) > Math.max(...old);
  const faster = Math.max(...recent) < Math.min(...old);
  const verdict = differs && slower ? 'worse' : differs && faster ? 'better' : 'same';
  return { before, now, verdict };
}
