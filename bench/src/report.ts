import { type Case, EAGER, REPLAY } from './cases.ts';
import type { Change } from './compare.ts';
import type { Contestant } from './contestants.ts';
import type { HostCost } from './host/protocol.ts';
import { markdownTable } from './markdown.ts';
import type { Measurement } from './protocol.ts';
import type { CaseResult, Outcome } from './run.ts';

export interface Machine {
  readonly adapter: string;
  readonly software: boolean;
  readonly cores: number;
  readonly node: string;
}

export interface Report {
  readonly machine: Machine;
  readonly contestants: readonly Contestant[];
  readonly results: readonly CaseResult[];
  /** The host's cost on the null GPU; null where it was not measured. */
  readonly host: HostCost | null;
}

/** Milliseconds a run by one of the clocks. */
export type Clock = (timing: Measurement) => number;

const wallClock: Clock = ({ wallMs }) => wallMs;

/** How long the run would take if the process had every core to itself; other load on the machine counts little. */
function cpuClock(cores: number): Clock {
  return ({ cpuMs }) => cpuMs / cores;
}

/** The clock that says most: other load on the machine counts little by processor time, which a GPU does not spend. */
export function clockOf({ software, cores }: Machine): Clock {
  return software ? cpuClock(cores) : wallClock;
}

/** The tables as Markdown: by the wall clock, on a software adapter by processor time too, and what failed. */
export function formatReport({ machine, contestants, results }: Report): string {
  const reasons: string[] = [];
  const tables = [table('by the wall clock', wallClock)];
  if (machine.software) {
    tables.push(table(`by processor time, as if alone on ${machine.cores} cores`, cpuClock(machine.cores)));
  }
  const notes = reasons.map((reason, i) => `[${i + 1}] ${reason}`);
  const sections = [...tables, replayLine(results), memoryLine(results), notes.join('\n')];
  return sections.filter((section) => section !== '').join('\n\n');

  function table(title: string, clock: Clock): string {
    const header = [`GFLOP/s, or ms a run, ${title}`, ...contestants.map(({ name }) => name)];
    const rows = results.map(({ benchCase, outcomes }) => [
      benchCase.name,
      ...outcomes.map((outcome) => cell(benchCase, outcome, clock)),
    ]);
    return markdownTable([header, ...rows]);
  }

  function cell({ flops }: Case, outcome: Outcome, clock: Clock): string {
    if ('reason' in outcome) return `[${noteOf(outcome.reason)}]`;
    const ms = clock(outcome);
    return flops === null ? `${threeDigits(ms)} ms` : threeDigits(flops / ms / 1e6);
  }

  function noteOf(reason: string): number {
    if (!reasons.includes(reason)) reasons.push(reason);
    return reasons.indexOf(reason) + 1;
  }
}

/** How many times as fast as the same step called again a replayed one is, by each clock. */
export interface ReplaySpeedup {
  readonly wall: number;
  readonly processor: number;
}

/** That of small operations; null if they were not timed. */
export function replaySpeedup(results: readonly CaseResult[]): ReplaySpeedup | null {
  const [eager, replay] = [EAGER, REPLAY].map(
    ({ name }) => results.find(({ benchCase }) => benchCase.name === name)?.outcomes[0],
  );
  if (!eager || !replay || 'reason' in eager || 'reason' in replay) return null;
  return { wall: eager.wallMs / replay.wallMs, processor: eager.cpuMs / replay.cpuMs };
}

function replayLine(results: readonly CaseResult[]): string {
  const speedup = replaySpeedup(results);
  if (speedup === null) return '';
  const { wall, processor } = speedup;
  return `capture().replay() of 200 small operations: ${wall.toFixed(2)} times as fast as eager by the wall clock, ${processor.toFixed(2)} times by processor time`;
}

/** Device memory of the edit; empty if it was not timed. */
function memoryLine(results: readonly CaseResult[]): string {
  const edit = results.find(({ benchCase }) => benchCase.operation.op === 'edit');
  const [outcome] = edit?.outcomes ?? [];
  if (!outcome || 'reason' in outcome || outcome.peakBytes === null) return '';
  return `${edit!.benchCase.name}: at most ${(outcome.peakBytes / 1e6).toFixed(0)} MB of device memory`;
}

/** What became of our cases since an earlier run, worst first. */
export function formatChanges(changes: readonly Change[], earlier: string): string {
  const count = (verdict: Change['verdict']) => changes.filter((change) => change.verdict === verdict).length;
  const summary = `Since ${earlier}: ${count('worse')} worse, ${count('better')} better, ${count('same')} the same within their spread`;
  const changed = changes
    .filter(({ verdict }) => verdict !== 'same')
    .sort((a, b) => b.now / b.before - a.now / a.before);
  if (changed.length === 0) return summary;
  const rows = changed.map(({ name, contestant, before, now, verdict }) => [
    `${name}, ${contestant}`,
    `${threeDigits(before)} ms`,
    `${threeDigits(now)} ms`,
    (now / before).toFixed(2),
    verdict,
  ]);
  return `${summary}\n\n${markdownTable([['case', 'before', 'now', 'ratio', ''], ...rows])}`;
}

export function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
