import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Report, replaySpeedup } from './report.ts';

/** bench/results/<date>-<adapter>.json */
export function defaultResultsFile(adapter: string, date: Date): string {
  const time = date.toISOString().slice(0, 16).replaceAll(':', '');
  const slug = adapter
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  return fileURLToPath(new URL(`../results/${time}-${slug}.json`, import.meta.url));
}

/** Writes the report with every single run; the file appears whole or not at all. */
export function writeResults(file: string, report: Report, date: Date): void {
  const { machine, contestants, results } = report;
  const cases = results.map(({ benchCase, outcomes }) => ({
    ...benchCase,
    outcomes: Object.fromEntries(outcomes.map((outcome, i) => [contestants[i]!.name, outcome])),
  }));
  const versions = Object.fromEntries(contestants.map(({ name, version }) => [name, version]));
  const json = {
    date: date.toISOString(),
    ...machine,
    versions,
    replaySpeedup: replaySpeedup(results),
    cases,
  };
  writeJson(file, json);
}

/** Writes `value`; the file appears whole or not at all. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(temporary, file);
}
