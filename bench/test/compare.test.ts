import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CASES } from '../src/cases.ts';
import { changesSince } from '../src/compare.ts';
import { hostChanges } from '../src/host/format.ts';
import { plot } from '../src/plot.ts';
import { formatChanges } from '../src/report.ts';
import { readLastResults, StoredResults, writeResults } from '../src/results.ts';
import type { CaseResult, Timing } from '../src/run.ts';

const machine = { adapter: 'a <GPU>', software: false, cores: 2, node: '20.0.0' };
const ours = { name: 'ours', module: 'ours.ts', dtype: 'f32', version: 'x' } as const;
const [benchCase] = CASES;

function timing(...walls: number[]): Timing {
  const runs = walls.map((wallMs) => ({ wallMs, cpuMs: 2 * wallMs }));
  return { wallMs: walls[1]!, cpuMs: 2 * walls[1]!, firstMs: 1, peakBytes: null, runs };
}

const resultOf = (...walls: number[]): CaseResult => ({
  benchCase: benchCase!,
  outcomes: [timing(...walls)],
});

function stored(...walls: number[]): StoredResults {
  const outcomes = { ours: timing(...walls) };
  return new StoredResults('before.json', { ...machine, cases: [{ name: benchCase!.name, outcomes }] });
}

test.each([
  ['worse', [9, 10, 11], [12, 13, 14]],
  ['better', [9, 10, 11], [6, 7, 8]],
  ['same', [9, 10, 11], [10.5, 12, 14]],
  ['same', [10.9, 11, 11.05], [11.1, 11.2, 11.3]],
] as const)('%s: runs of %j ms, then of %j ms', (verdict, before, now) => {
  const [change] = changesSince(stored(...before), machine, [resultOf(...now)], ['ours']);
  expect(change).toMatchObject({ name: benchCase!.name, contestant: 'ours', verdict });
});

test('a case that the earlier run lacks, or that failed, is not compared', () => {
  const failed: CaseResult = { benchCase: benchCase!, outcomes: [{ reason: 'no memory' }] };
  expect(changesSince(stored(1, 1, 1), machine, [failed], ['ours'])).toEqual([]);
  expect(changesSince(stored(1, 1, 1), machine, [resultOf(1, 1, 1)], ['ours f16'])).toEqual([]);
});

test('what became worse is listed first, with its ratio', () => {
  const changes = [
    { name: 'a', contestant: 'ours', before: 10, now: 5, verdict: 'better' },
    { name: 'b', contestant: 'ours', before: 10, now: 20, verdict: 'worse' },
    { name: 'c', contestant: 'ours', before: 10, now: 10, verdict: 'same' },
  ] as const;
  const lines = formatChanges(changes, 'before.json').split('\n');
  expect(lines[0]).toBe('Since before.json: 1 worse, 1 better, 1 the same within their spread');
  expect(lines.slice(4).map((line) => line.split('|').map((cell) => cell.trim()))).toEqual([
    ['', 'b, ours', '10.0 ms', '20.0 ms', '2.00', 'worse', ''],
    ['', 'a, ours', '10.0 ms', '5.00 ms', '0.50', 'better', ''],
  ]);
});

test('the last run is the newest file of the same adapter and cores', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lusd-bench-'));
  const write = (file: string, adapter: string, wall: number) =>
    writeResults(
      join(folder, file),
      {
        machine: { ...machine, adapter },
        contestants: [ours],
        results: [resultOf(wall, wall, wall)],
        host: null,
      },
      new Date(0),
    );
  expect(readLastResults(machine, folder)).toBeNull();
  write('2026-01-01T0000-a.json', machine.adapter, 1);
  write('2026-01-02T0000-a.json', machine.adapter, 2);
  write('2026-01-03T0000-b.json', 'another', 3);
  writeFileSync(join(folder, '2026-01-04T0000-isa.json'), '[]');
  const last = readLastResults(machine, folder)!;
  expect(last.name).toBe('2026-01-02T0000-a.json');
  expect(last.timingOf(benchCase!.name, 'ours')?.wallMs).toBe(2);
});

test('the plot draws a bar for each time, as long as it is fast', () => {
  const peer = { ...ours, name: 'peer' };
  const results = [{ benchCase: benchCase!, outcomes: [timing(1, 1, 1), timing(4, 4, 4)] }];
  const svg = plot({ machine, contestants: [ours, peer], results, host: null });
  expect([...svg.matchAll(/height="10" fill="[^"]+"\/><text/g)]).toHaveLength(2 + 2);
  expect(svg).toContain('width="420.0"');
  expect(svg).toContain('width="105.0"');
  expect(svg).toContain('a &lt;GPU&gt;');
});

test('a host that launches more, or an edit that holds more, is worse', () => {
  const times = { wall: 1, processor: 1 };
  const host = (count: number, peakBytes: number) => ({
    adapter: 'null',
    launches: [{ name: 'conv2d', count }],
    edits: [{ side: 512, peakBytes, previewPeakBytes: 3e9 }],
    ...{ eager: times, replayed: times, iteration: times, smallEager: times, smallReplayed: times },
  });
  expect(hostChanges(host(3, 2e9), host(3, 2.001e9))).toEqual([]);
  expect(hostChanges(host(3, 2e9), host(4, 1.9e9))).toEqual([
    'launches of a UNet call: 3 before, 4 now, worse',
    'GB of an edit at 512 x 512: 2.00 before, 1.90 now, better',
  ]);
});
